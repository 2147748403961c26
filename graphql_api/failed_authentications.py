"""Failed authentications by network address: who has had too many is not asked for a token any more, for a while."""

from functools import lru_cache
from ipaddress import IPv6Address, IPv6Network
from types import TracebackType

from auth.errors import Unauthenticated
from graphql_api.budget import RateLimited
from graphql_api.client_address import Address
from graphql_api.counts import MemoryCounts, window_at
from models.clock import Clock

# What one customer of a network is given at least (RFC 6177): each of its addresses is the same client's.
_IPV6_PREFIX = 64
# A connection asks often.
_KEPT = 10_000


class FailedAuthentications:
    """Counted in each process, and never in Redis: strangers cause no work there."""

    def __init__(self, most: int, clock: Clock) -> None:
        self._most = most
        self._clock = clock
        self._counts = MemoryCounts()
        # The last window in which one failed: as long as none does, there is nothing to look up.
        self._last_failed = -1

    def of(self, address: Address | None) -> "Attempt":
        """A context for an authentication from this address; raises RateLimited after too many that failed."""
        return Attempt(self, address)

    def check(self, address: Address | None) -> None:
        """Raises RateLimited when too many have failed."""
        if self._last_failed < 0:
            return
        now = self._clock()
        window = window_at(now)
        if self._last_failed == window.number and self._counts.sum(_client(address), window, 0) >= self._most:
            raise RateLimited(
                f"Too many authentications from this address have failed: at most {self._most} a minute.",
                "failed_authentications",
                window.seconds_left(now),
            )

    def count(self, address: Address | None) -> None:
        """One has failed."""
        window = window_at(self._clock())
        self._counts.sum(_client(address), window, 1)
        self._last_failed = max(self._last_failed, window.number)


class Attempt:
    """An authentication, counted when it fails."""

    __slots__ = ("_address", "_failed")

    def __init__(self, failed: FailedAuthentications, address: Address | None) -> None:
        self._failed = failed
        self._address = address

    def __enter__(self) -> None:
        """Raises RateLimited."""
        self._failed.check(self._address)

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        """Count it, if it failed."""
        if kind is not None and issubclass(kind, Unauthenticated):
            self._failed.count(self._address)


@lru_cache(_KEPT)
def _client(address: Address | None) -> str:
    """Whose address it is; all without one are the same."""
    if isinstance(address, IPv6Address):
        return str(IPv6Network((address, _IPV6_PREFIX), strict=False))
    return str(address)
