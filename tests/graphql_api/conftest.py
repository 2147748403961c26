"""The application on a real database, three accounts, and somebody to ask."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from starlette.applications import Starlette

from auth.keys import TokenKey, signing_key
from auth.permissions import Permission, Role
from auth.tokens import issue_token
from graphql_api.app import create_app
from graphql_api.negotiation import GRAPHQL_RESPONSE
from graphql_api.settings import Settings
from models.account_fields import FOREVER
from models.clock import Clock
from tests.graphql_api.rows import insert_account


@pytest.fixture(scope="session")
def key_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the session's token key is made."""
    return tmp_path_factory.mktemp("keys")


@pytest.fixture
def settings(database_url: str, key_directory: Path) -> Settings:
    """The application's settings; what is not named has its default."""
    # The minute does not end while time stands still, and a test asks for more in it than a caller would.
    much = {"points": 1_000_000_000, "failed_authentications": 1_000_000}
    return Settings.model_validate(
        {"DATABASE_URL": database_url, "data_directory": key_directory, "pool_size": 2, "rate_limit": much}
    )


@dataclass(frozen=True)
class Tokens:
    """Issues tokens that the application takes."""

    settings: Settings
    key: TokenKey
    now: datetime

    def issue(
        self,
        role: Role = Role.REGULAR,
        *permissions: Permission,
        account: str | None = "northwind",
        subject: str = "someone",
        lifetime: timedelta = timedelta(hours=1),
        actor: str | None = None,
    ) -> str:
        """A token, valid from now."""
        return issue_token(
            self.key,
            self.settings.token_dialect,
            subject=subject,
            account=account,
            role=role,
            permissions=frozenset(permissions),
            now=self.now,
            lifetime=lifetime,
            actor=actor,
        )


@pytest.fixture
def tokens(settings: Settings, now: datetime) -> Tokens:
    """Whoever a test needs to be."""
    return Tokens(settings, signing_key(settings.load_token_keys()), now)


@dataclass(frozen=True)
class AccountIds:
    """The accounts' ids in the database."""

    northwind: int
    acme: int
    globex: int


@pytest.fixture
async def accounts(connection: asyncpg.Connection) -> AccountIds:
    """Two accounts with a plan, one without."""
    return AccountIds(
        northwind=await insert_account(connection, "northwind", "America/Toronto", FOREVER),
        acme=await insert_account(connection, "acme", "Europe/Paris", FOREVER),
        globex=await insert_account(connection, "globex", "Asia/Kolkata", None),
    )


@asynccontextmanager
async def serving(settings: Settings, clock: Clock) -> AsyncIterator[tuple[Starlette, httpx.AsyncClient]]:
    """The application, started, and HTTP to it without a network."""
    app = create_app(settings, clock=clock)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://service") as client,
    ):
        yield app, client


@pytest.fixture
async def served(
    settings: Settings, accounts: AccountIds, clock: Clock
) -> AsyncIterator[tuple[Starlette, httpx.AsyncClient]]:
    """The application and its client."""
    async with serving(settings, clock) as served:
        yield served


@pytest.fixture
def app(served: tuple[Starlette, httpx.AsyncClient]) -> Starlette:
    """The application, started."""
    return served[0]


@pytest.fixture
def client(served: tuple[Starlette, httpx.AsyncClient]) -> httpx.AsyncClient:
    """HTTP without a network."""
    return served[1]


@dataclass(frozen=True)
class Asker:
    """Asks as one caller."""

    client: httpx.AsyncClient
    token: str | None

    async def response(self, query: str, variables: Mapping[str, Any] | None = None, **body: Any) -> httpx.Response:
        """The HTTP answer."""
        headers = {"Accept": GRAPHQL_RESPONSE} | ({"Authorization": f"Bearer {self.token}"} if self.token else {})
        json = {"query": query} | ({"variables": variables} if variables is not None else {}) | body
        response = await self.client.post("/graphql", json=json, headers=headers)
        # asyncpg tells who listens of a statement at the next turn of the loop.
        await asyncio.sleep(0)
        return response

    async def data(self, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The data of an answer without errors."""
        answer = (await self.response(query, variables)).json()
        assert "errors" not in answer, answer["errors"]
        data: dict[str, Any] = answer["data"]
        return data

    async def error(self, query: str, variables: Mapping[str, Any] | None = None, **body: Any) -> dict[str, Any]:
        """The only error of an answer."""
        (error,) = (await self.response(query, variables, **body)).json()["errors"]
        assert isinstance(error, dict)
        return error


@pytest.fixture
def regular(client: httpx.AsyncClient, tokens: Tokens) -> Asker:
    """A regular user of northwind."""
    return Asker(client, tokens.issue())


@pytest.fixture
async def statements(app: Starlette) -> list[str]:
    """The statements that the application sends, as they come; one connection a pool, as one request uses."""
    sent: list[str] = []

    def log(record: Any) -> None:
        sent.append(record.query)

    for pool in (app.state.service.pools.page, app.state.service.pools.search):
        async with pool.acquire() as connection:
            connection.add_query_logger(log)
    return sent
