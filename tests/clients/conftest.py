"""The running service with three pages of activities, and the documentation's pages to run against it."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from graphql_api.global_id import global_id
from tests.clients.page import Page, lay_out
from tests.conftest import NOW
from tests.graphql_api.conftest import AccountIds, Tokens, accounts, app, key_directory, served, settings, tokens
from tests.graphql_api.rows import insert_activity

# Fixtures of the other room, used here as they are.
__all__ = ["accounts", "app", "key_directory", "served", "settings", "tokens"]

OpenPage = Callable[[str], Page]


@dataclass(frozen=True)
class Server:
    """The service at an address of its own, and the headers of every request that it got."""

    url: str
    requests: list[Headers]


@asynccontextmanager
async def listening(app: Starlette) -> AsyncIterator[Server]:
    """A started application at an address of its own; time stands still for it as for the tests."""
    requests: list[Headers] = []

    async def noted(scope: Scope, receive: Receive, send: Send) -> None:
        requests.append(Headers(scope=scope))
        await app(scope, receive, send)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        service = uvicorn.Server(uvicorn.Config(noted, lifespan="off", log_config=None, access_log=False))
        serving = asyncio.create_task(service.serve(sockets=[listener]))
        yield Server(f"http://127.0.0.1:{listener.getsockname()[1]}/graphql", requests)
        service.should_exit = True
        await serving


@pytest.fixture
async def server(app: Starlette) -> AsyncIterator[Server]:
    """The service, listening."""
    async with listening(app) as server:
        yield server


@pytest.fixture
async def ids(connection: asyncpg.Connection, accounts: AccountIds) -> list[str]:
    """The ids of 45 activities, newest first: two pages of 20 and one of 5; the last one is a hard bounce."""
    delivered = [
        await insert_activity(connection, accounts.northwind, NOW - timedelta(minutes=place)) for place in range(44)
    ]
    bounced = await insert_activity(
        connection,
        accounts.northwind,
        NOW - timedelta(hours=1),
        recipient="bruno@example.com",
        status="HARD_BOUNCE",
        reason_category="INVALID_ADDRESS",
        reason_message="550 5.1.1 User unknown",
    )
    return [global_id("SmtpActivity", str(row)) for row in (*delivered, bounced)]


@pytest.fixture
def open_page(server: Server, tokens: Tokens, tmp_path: Path) -> OpenPage:
    """Lays out a page of docs/clients for a regular user of northwind."""
    return lambda name: lay_out(name, tmp_path, {"API_URL": server.url, "API_TOKEN": tokens.issue()})
