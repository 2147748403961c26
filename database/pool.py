"""Pools and single connections. Nothing is ever set on a pooled connection, so that none has to be reset."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from database.errors import DatabaseUnusable

# What a function takes that runs on a pooled connection and on a single one alike.
AnyConnection: TypeAlias = asyncpg.Connection | PoolConnectionProxy

# What a database raises that is gone, full, read-only or slow (a TimeoutError is an OSError).
DATABASE_FAILURES = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)

# Seconds until a server that does not answer counts as unreachable.
_CONNECT_TIMEOUT = 10
_SETTINGS = {"application_name": "smtp-activity", "timezone": "UTC", "jit": "off"}


class PooledConnection(asyncpg.Connection):
    """A connection that goes back to its pool without a reset query, which would be a round trip at every release.

    A transaction left open is still rolled back. `SET` (other than `SET LOCAL`), `LISTEN`, session locks and cursors
    `WITH HOLD` would stay for the next user: they belong on a connection of `connect`.
    """

    def get_reset_query(self) -> str:
        """None."""
        return ""


@dataclass(frozen=True, slots=True)
class Pools:
    """`page` plans a statement once a connection; `search` at every execution, because LIKE needs its pattern.

    A statement of either may take as long as the statement timeout; what counts, no longer than `count_timeout`.
    """

    page: asyncpg.Pool
    search: asyncpg.Pool
    count_timeout: timedelta


@asynccontextmanager
async def open_pools(
    url: str, *, size: int, statement_timeout: timedelta, count_timeout: timedelta = timedelta(seconds=1)
) -> AsyncIterator[Pools]:
    """Two pools of up to `size` connections each; raises DatabaseUnusable when the server cannot be reached."""
    timeout = {"statement_timeout": str(int(statement_timeout.total_seconds() * 1000))}
    async with (
        _pool(url, size, timeout | {"plan_cache_mode": "force_generic_plan"}) as page,
        _pool(url, size, timeout | {"plan_cache_mode": "force_custom_plan"}) as search,
    ):
        yield Pools(page, search, count_timeout)


async def connect(url: str) -> asyncpg.Connection:
    """One connection, for the command line and for ingest: no statement timeout; raises DatabaseUnusable."""
    with _refusals_in_one_line():
        return await asyncpg.connect(url, server_settings=_SETTINGS, timeout=_CONNECT_TIMEOUT)


@asynccontextmanager
async def _pool(url: str, size: int, settings: dict[str, str]) -> AsyncIterator[asyncpg.Pool]:
    with _refusals_in_one_line():
        pool = await asyncpg.create_pool(
            url,
            min_size=1,
            max_size=size,
            connection_class=PooledConnection,
            server_settings=_SETTINGS | settings,
            timeout=_CONNECT_TIMEOUT,
        )
    try:
        yield pool
    finally:
        await pool.close()


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
