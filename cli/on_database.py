"""One connection for one command; what an operator got wrong ends the command with its message and exit code 1."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import TypeVar

import asyncpg
import typer

from cli.database import database_url
from database.errors import DatabaseRoomError
from database.pool import connect
from database.server_check import check_server
from graphql_api.settings import Settings
from ingest.errors import IngestError

T = TypeVar("T")

# A server that is gone does not say goodbye.
_SECONDS_TO_CLOSE = 10


def on_database(settings: Settings, action: Callable[[asyncpg.Connection], Awaitable[T]]) -> T:
    """What the action returns, run on a checked and migrated database."""
    return on_database_url(settings, lambda url: connected(url, action))


def on_database_url(settings: Settings, action: Callable[[str], Coroutine[None, None, T]]) -> T:
    """What the action returns, which connects by itself."""
    with database_url(settings) as url:
        try:
            return asyncio.run(action(url))
        except (DatabaseRoomError, IngestError) as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(1) from error


async def connected(
    url: str, action: Callable[[asyncpg.Connection], Awaitable[T]], answers_within: float | None = None
) -> T:
    """What the action returns, run on one connection to a checked and migrated database."""
    connection = await connect(url, answers_within)
    try:
        await check_server(connection)
        return await action(connection)
    finally:
        await connection.close(timeout=_SECONDS_TO_CLOSE)
