"""A real PostgreSQL for all tests: the embedded one in a temporary place, or the server of TEST_DATABASE_URL.

The tables are made once, by the migrations; a test gets them empty. Time stands still at NOW.
"""

import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote, urlsplit

import asyncpg
import pytest
from hypothesis import settings

from database.embedded import embedded_server
from database.migrate import migrate
from database.pool import Pools, connect, open_pools
from models.clock import Clock

# A slow machine is no failure; and in CI the same examples every time, so that nothing hangs on luck.
settings.register_profile("patient", deadline=None, derandomize="CI" in os.environ)
# `make test-long`.
settings.register_profile("thorough", deadline=None, max_examples=1_000)
# `make fuzz`.
settings.register_profile("fuzz", deadline=None, max_examples=6_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "patient"))

NOW = datetime(2026, 11, 23, 19, 0, tzinfo=UTC)

_UTF8 = "template template0 encoding 'UTF8' locale 'C.UTF-8'"

# Empties every table that has rows, but for the installation and the schema's own version; ids start at 1 again.
_CLEAN = """
do $$
declare
    name regclass;
    filled boolean;
begin
    for name in
        select oid from pg_class
        where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p') and not relispartition
            and relname not in ('installation', 'alembic_version')
    loop
        execute format('select exists (select from %s)', name) into filled;
        if filled then
            execute format('truncate %s cascade', name);
        end if;
    end loop;
    perform setval(oid::regclass, 1, false) from pg_class
    where relnamespace = current_schema()::regnamespace and relkind = 'S';
end
$$
"""


@pytest.fixture(scope="session")
def now() -> datetime:
    """The instant at which time stands still."""
    return NOW


@pytest.fixture(scope="session")
def clock() -> Clock:
    """A clock that stands still at NOW."""
    return lambda: NOW


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """A server on which databases and roles may be made: TEST_DATABASE_URL's, or an embedded one of this session."""
    if url := os.environ.get("TEST_DATABASE_URL"):
        yield url
        return
    with (
        tempfile.TemporaryDirectory(prefix="smtp-activity-tests-") as directory,
        embedded_server(Path(directory)) as server,
    ):
        yield server.url("postgres", "postgres")


@asynccontextmanager
async def new_database(server_url: str, name: str, options: str = _UTF8) -> AsyncIterator[str]:
    """The URL of a database that exists while it is needed; the options are those of `create database`."""
    admin = await connect(server_url)
    try:
        await admin.execute(f"drop database if exists {name} with (force)")
        await admin.execute(f"create database {name} {options}")
        try:
            yield urlsplit(server_url)._replace(path=f"/{name}").geturl()
        finally:
            await admin.execute(f"drop database {name} with (force)")
    finally:
        await admin.close()


def as_role(role: str, url: str, password: str = "pw") -> str:
    """The same database for another role."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{quote(role)}:{password}@{host}").geturl()


@pytest.fixture
async def empty_database_url(server_url: str) -> AsyncIterator[str]:
    """A database of this test's own, without a single table."""
    async with new_database(server_url, f"smtp_activity_empty_{os.getpid()}") as url:
        yield url


@pytest.fixture
async def migrated_database_url(empty_database_url: str) -> str:
    """A database of this test's own with all tables, for what `truncate` would not undo."""
    await migrate(empty_database_url, now=NOW)
    return empty_database_url


@pytest.fixture(scope="session")
async def database_url(server_url: str) -> AsyncIterator[str]:
    """A database that the migrations made, with the months around NOW; shared by all tests."""
    async with new_database(server_url, f"smtp_activity_tests_{os.getpid()}") as url:
        await migrate(url, now=NOW)
        yield url


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """The tables' owner on empty tables."""
    connection = await connect(database_url)
    try:
        await connection.execute(_CLEAN)
        yield connection
    finally:
        await connection.close()


@pytest.fixture(scope="session")
async def session_pools(database_url: str) -> AsyncIterator[Pools]:
    """Pools that are opened once; a test takes `pools`."""
    async with open_pools(database_url, size=4, statement_timeout=timedelta(seconds=5)) as pools:
        yield pools


@pytest.fixture
async def pools(session_pools: Pools, connection: asyncpg.Connection) -> Pools:
    """Pools on empty tables."""
    return session_pools
