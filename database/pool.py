"""Pools and single connections. Nothing is ever set on a pooled connection, so that none has to be reset."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from database.errors import DatabaseUnusable

# What a function takes that runs on a pooled connection and on a single one alike.
AnyConnection: TypeAlias = asyncpg.Connection | PoolConnectionProxy

_Init: TypeAlias = Callable[[asyncpg.Connection], Coroutine[None, None, None]]
# What may be told of each statement that ends: the pool's name, the seconds that it took, and whether it failed.
StatementObserver: TypeAlias = Callable[[str, float, bool], None]
# What a database raises that is gone, full, read-only or slow (a TimeoutError is an OSError); and what the driver does
# when a connection ends between two of its steps.
DATABASE_FAILURES = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)

# Seconds until a server that does not answer counts as unreachable.
_CONNECT_TIMEOUT = 10
# As long as nothing is asked of it, a connection stays at hand for so many seconds at most.
_SECONDS_AT_HAND = 60
_SETTINGS = {"application_name": "smtp-activity", "timezone": "UTC", "jit": "off"}


class PooledConnection(asyncpg.Connection):
    """A connection that goes back to its pool without a reset query, which would be a round trip at every release.

    A transaction left open is still rolled back. `SET` (other than `SET LOCAL`), `LISTEN`, session locks and cursors
    `WITH HOLD` would stay for the next user: they belong on a connection of `connect`.
    """

    def get_reset_query(self) -> str:
        """None."""
        return ""


class KeepingPool(asyncpg.Pool):
    """A pool that keeps connections at hand between statements, and knows how many are `waiting` for one.

    asyncpg takes a future, a task and a timer to lend a connection and to take it back: as much as a short statement
    itself. What `fetch` used stays borrowed here instead, for whoever waits, or asks next.
    """

    waiting = 0

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        # The last one used is the first to be used again.
        self._at_hand: list[PoolConnectionProxy] = []
        self._is_ending = False
        # Who waits while all are lent, the first first: each is handed a connection, or None to look again.
        self._waiters: deque[asyncio.Future[PoolConnectionProxy | None]] = deque()

    async def fetch(self, query: str, *args: object) -> list[asyncpg.Record]:  # type: ignore[override]  # No options.
        """The rows of one statement."""
        connection = self._last_at_hand() or await self._acquire(None)
        try:
            rows = await connection.fetch(query, *args)
        except BaseException:
            # asyncpg looks after a connection whose statement failed, or was cancelled.
            await self.release(connection)
            raise
        if self._is_ending or (self.waiting and not self._waiters):
            # Asyncpg waits for it, or somebody waits for asyncpg's.
            await self.release(connection)
        else:
            self._hand_on(connection)
        return rows

    async def release(self, connection: PoolConnectionProxy, *, timeout: float | None = None) -> None:  # noqa: ASYNC109  # Its signature.
        """Take back what was acquired."""
        try:
            await super().release(connection, timeout=timeout)
        finally:
            self._hand_on(None)

    async def close(self) -> None:
        """End, once nobody uses a connection any more."""
        self._is_ending = True
        await self.give_back()
        await super().close()

    async def give_back(self) -> None:
        """Leave all that are at hand to asyncpg, which closes what stays unused."""
        while self._at_hand:
            await self.release(self._at_hand.pop())

    def get_idle_size(self) -> int:
        """How many connections nobody uses."""
        idle: int = super().get_idle_size()
        return idle + len(self._at_hand)

    # Every other way to a connection leads through this method of asyncpg's.
    async def _acquire(self, timeout: float | None) -> PoolConnectionProxy:  # noqa: ASYNC109  # Its signature.
        while self._at_hand:
            if connection := self._last_at_hand():
                return connection
            await self.release(self._at_hand.pop())
        self.waiting += 1
        try:
            if timeout is None:
                return await self._lent()
            async with asyncio.timeout(timeout):
                return await self._lent()
        finally:
            self.waiting -= 1

    async def _lent(self) -> PoolConnectionProxy:
        """A connection as soon as there is one."""
        # asyncpg's queue holds what may be lent, connected or not.
        while self._queue.empty():  # type: ignore[attr-defined]  # Not in the stubs.
            waiter: asyncio.Future[PoolConnectionProxy | None] = asyncio.get_running_loop().create_future()
            self._waiters.append(waiter)
            try:
                connection = await waiter
            except asyncio.CancelledError:
                if waiter.done() and not waiter.cancelled():
                    self._hand_on(waiter.result())
                raise
            if connection is not None:
                return connection
        lent: PoolConnectionProxy = await super()._acquire(None)  # type: ignore[misc]  # Likewise.
        return lent

    def _hand_on(self, connection: PoolConnectionProxy | None) -> None:
        """To the first who waits; None: there may be one to be had."""
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(connection)
                return
        if connection is not None:
            self._at_hand.append(connection)

    def _last_at_hand(self) -> PoolConnectionProxy | None:
        """Of those at hand the last, unless there is none, or it has ended."""
        # One that ended meanwhile may have been taken back already, and then says nothing more.
        with suppress(asyncpg.InterfaceError):
            if self._at_hand and not self._at_hand[-1].is_closed():
                return self._at_hand.pop()
        return None


@dataclass(frozen=True, slots=True)
class Pools:
    """`page` plans a statement once a connection; `search` at every execution, because LIKE needs its pattern.

    A statement of either may take as long as the statement timeout; what counts, no longer than `count_timeout`.
    """

    page: KeepingPool
    search: KeepingPool
    count_timeout: timedelta


@asynccontextmanager
async def open_pools(
    url: str,
    *,
    size: int,
    statement_timeout: timedelta,
    count_timeout: timedelta = timedelta(seconds=1),
    observers: Sequence[StatementObserver] = (),
) -> AsyncIterator[Pools]:
    """Two pools of up to `size` connections each; raises DatabaseUnusable when the server cannot be reached.

    The observers are told of each statement of theirs.
    """
    timeout = {"statement_timeout": str(int(statement_timeout.total_seconds() * 1000))}
    async with (
        _pool(url, size, timeout | {"plan_cache_mode": "force_generic_plan"}, _observed("page", observers)) as page,
        _pool(url, size, timeout | {"plan_cache_mode": "force_custom_plan"}, _observed("search", observers)) as search,
    ):
        yield Pools(page, search, count_timeout)


async def connect(url: str, answers_within: float | None = None) -> asyncpg.Connection:
    """One connection, for the command line and for ingest: no statement timeout; raises DatabaseUnusable.

    A server that does not answer a statement within so many seconds raises TimeoutError: nobody may be there any more.
    """
    with _refusals_in_one_line():
        return await asyncpg.connect(
            url, server_settings=_SETTINGS, timeout=_CONNECT_TIMEOUT, command_timeout=answers_within
        )


def _observed(pool: str, observers: Sequence[StatementObserver]) -> _Init | None:
    """What a new connection of a pool goes through."""
    if not observers:
        return None

    def tell(sent: asyncpg.connection.LoggedQuery) -> None:
        for observer in observers:
            observer(pool, sent.elapsed, sent.exception is not None)

    async def observe(connection: asyncpg.Connection) -> None:
        connection.add_query_logger(tell)

    return observe


@asynccontextmanager
async def _pool(url: str, size: int, settings: dict[str, str], init: _Init | None) -> AsyncIterator[KeepingPool]:
    with _refusals_in_one_line():
        # The numbers that are not ours are asyncpg's own defaults, which only its `create_pool` fills in.
        pool = await KeepingPool(
            url,
            min_size=1,
            max_size=size,
            max_queries=50_000,
            max_inactive_connection_lifetime=300,
            init=init,
            loop=None,
            connection_class=PooledConnection,
            record_class=asyncpg.Record,
            server_settings=_SETTINGS | settings,
            timeout=_CONNECT_TIMEOUT,
        )
    giving_back = asyncio.create_task(_give_back(pool))
    try:
        yield pool
    finally:
        giving_back.cancel()
        await pool.close()


async def _give_back(pool: KeepingPool) -> None:
    """Now and then, so that a pool shrinks after it was busy."""
    while True:
        await asyncio.sleep(_SECONDS_AT_HAND)
        # One that fails as it is given back is ended by asyncpg; the others are given back the next time.
        with suppress(*DATABASE_FAILURES):
            await pool.give_back()


@contextmanager
def _refusals_in_one_line() -> Iterator[None]:
    try:
        yield
    except DATABASE_FAILURES as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DatabaseUnusable(f"PostgreSQL cannot be reached: {reason}. Check DATABASE_URL.") from error
    except ValueError as error:
        # Its text may quote a piece of the password, so it is not repeated.
        raise DatabaseUnusable(
            "DATABASE_URL is not understood: postgresql://user:password@host:port/database, special characters as %XX."
        ) from None if error else error
