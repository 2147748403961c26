"""What was counted for a key in one minute: in this process, or in a Redis that several processes share."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Protocol

IN_MEMORY = "memory://"

_LENGTH = timedelta(minutes=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class CountsUnavailable(Exception):
    """What was counted cannot be had."""


class Window(NamedTuple):
    """A minute of UTC, the same for everybody whose clock is right, by its number since 1970."""

    number: int

    @property
    def ends_at(self) -> datetime:
        """The instant at which the next one begins."""
        return _EPOCH + (self.number + 1) * _LENGTH

    def seconds_left(self, now: datetime) -> int:
        """Until the next window, rounded up: at least 1."""
        return -((now - self.ends_at) // timedelta(seconds=1))


def window_at(now: datetime) -> Window:
    """The window that holds this instant."""
    return Window((now - _EPOCH) // _LENGTH)


class Counts(Protocol):
    """Sums by key and window."""

    async def add(self, key: str, window: Window, amount: int) -> int:
        """Add an amount, 0 and less too; the sum so far. Raises CountsUnavailable."""

    async def check(self) -> None:
        """Raises CountsUnavailable."""


class MemoryCounts:
    """This process' own. A window that is over goes as a whole: no count waits for a search through old keys."""

    def __init__(self) -> None:
        self._windows: dict[int, Counter[str]] = {}

    async def add(self, key: str, window: Window, amount: int) -> int:
        """The sum so far."""
        return self.sum(key, window, amount)

    def sum(self, key: str, window: Window, amount: int) -> int:
        """The same at once."""
        sums = self._windows.get(window.number)
        if sums is None:
            # The windows beside it stay, for what began before a minute's end and is counted after it.
            beside = {n: each for n, each in self._windows.items() if abs(n - window.number) == 1}
            sums = Counter()
            self._windows = beside | {window.number: sums}
        sums[key] += amount
        return sums[key]

    async def check(self) -> None:
        """They are always there."""


@asynccontextmanager
async def open_counts(url: str) -> AsyncIterator[Counts]:
    """Those that the URL leads to: `memory://`, or a Redis, which is first needed when something is counted."""
    if url == IN_MEMORY:
        yield MemoryCounts()
        return
    # The client is an extra, and not there where nobody named a Redis.
    from graphql_api.redis_counts import open_redis_counts

    async with open_redis_counts(url) as counts:
        yield counts
