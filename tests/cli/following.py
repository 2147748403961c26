"""Following recorded logs in the tests: settings and accounts for them, and what all tables hold afterwards."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC
from ipaddress import ip_network
from pathlib import Path

import asyncpg

from cli.follow import Follower
from cli.postfix_sources import PostfixLogs
from graphql_api.settings import Settings
from tests.conftest import NOW

MAIL = Path(__file__).parents[2] / "examples/postfix/mail.log"
QUEUED = Path(__file__).parents[1] / "ingest/recorded/queued.log"
SETTINGS = Settings(trusted_networks=(ip_network("127.0.0.1/32"),))
# Of the source only what does not depend on the names of its files.
_TABLES = {
    "smtp_activity": "*",
    "smtp_event": "*",
    "relay_message": "*",
    "parked_event": "*",
    "unattributed_event": "*",
    "ingest_source": "name, reader_state, recorded_up_to, recent_lines",
}


def follower(url: str, *paths: Path, lines_per_batch: int = 20) -> Follower:
    """A follower of these logs, for which time stands still."""
    sources = PostfixLogs([str(path) for path in paths], year=2026, time_zone=UTC).to_follow()
    return Follower(url, SETTINGS, sources, lambda: NOW, lines_per_batch, seconds_between_looks=0.01)


def follow_until_killed(url: str, path: Path) -> None:
    """What a process of its own does, in small steps: a kill shall hit between many."""
    asyncio.run(follower(url, path, lines_per_batch=3).run(asyncio.Event()))


@asynccontextmanager
async def following(followed: Follower) -> AsyncIterator[None]:
    """Follow meanwhile, and stop cleanly."""
    stop = asyncio.Event()
    task = asyncio.create_task(followed.run(stop))
    try:
        yield
    finally:
        stop.set()
        await task


async def read_lines(connection: asyncpg.Connection, path: Path, lines: int) -> None:
    """Wait until so many lines of a log were read in all; time stands still, so none counts less."""
    await become(connection, "select recent_lines from ingest_source where name = $1", str(path), value=lines)


async def become(connection: asyncpg.Connection, query: str, *arguments: object, value: object) -> None:
    """Wait until a query has that value."""
    for _ in range(60 * 50):
        if await connection.fetchval(query, *arguments) == value:
            return
        await asyncio.sleep(0.02)
    raise TimeoutError


async def make_accounts(connection: asyncpg.Connection) -> None:
    """Those that the recorded logs speak of."""
    for number, name in enumerate(("northwind", "acme", "globex"), start=1):
        await connection.execute(
            "insert into account (id, external_id, name, time_zone) overriding system value values ($1, $2, $2, 'UTC')",
            number, name,
        )  # fmt: skip
        await connection.execute("insert into smtp_credential values ($1, $2)", f"{name}@relay1.example.net", number)
        await connection.execute("insert into sending_domain values ($1, $2)", f"{name}.example", number)


async def forget(connection: asyncpg.Connection) -> None:
    """Empty the tables that ingest fills."""
    await connection.execute(f"truncate {', '.join(_TABLES)}")


async def everything(connection: asyncpg.Connection) -> list[tuple[str, ...]]:
    """All rows of all tables that ingest fills, working memory included."""
    return [
        (table, *map(str, record))
        for table, columns in _TABLES.items()
        for record in sorted(await connection.fetch(f"select {columns} from {table}"), key=str)  # noqa: S608  # Ours.
    ]
