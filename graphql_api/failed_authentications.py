"""Failed authentications by network address: who has had too many is not asked for a token any more, for a while."""

from collections.abc import Awaitable, Callable
from functools import lru_cache
from ipaddress import IPv6Address, IPv6Network
from typing import TypeVar

from auth.errors import Unauthenticated
from graphql_api.budget import RateLimited
from graphql_api.client_address import Address
from graphql_api.counts import MemoryCounts, window_at
from models.clock import Clock

# What one customer of a network is given at least (RFC 6177): each of its addresses is the same client's.
_IPV6_PREFIX = 64
# A connection asks often.
_KEPT = 10_000

T = TypeVar("T")


class FailedAuthentications:
    """Counted in each process, and never in Redis: strangers cause no work there."""

    def __init__(self, most: int, clock: Clock) -> None:
        self._most = most
        self._clock = clock
        self._counts = MemoryCounts()
        # The last window in which one failed: as long as none does, there is nothing to look up.
        self._last_failed = -1

    async def counted(self, address: Address | None, authenticate: Callable[[], Awaitable[T]]) -> T:
        """What an authentication gives; raises RateLimited in its place after too many that failed."""
        now = self._clock()
        window = window_at(now)
        if self._last_failed == window.number and await self._counts.add(_client(address), window, 0) >= self._most:
            raise RateLimited(
                f"Too many authentications from this address have failed: at most {self._most} a minute.",
                "failed_authentications",
                window.seconds_left(now),
            )
        try:
            return await authenticate()
        except Unauthenticated:
            await self._counts.add(_client(address), window, 1)
            self._last_failed = max(self._last_failed, window.number)
            raise


@lru_cache(_KEPT)
def _client(address: Address | None) -> str:
    """Whose address it is; all without one are the same."""
    if isinstance(address, IPv6Address):
        return str(IPv6Network((address, _IPV6_PREFIX), strict=False))
    return str(address)
