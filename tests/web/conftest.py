"""The service on a port of its own with the recorded log, and the callers that look at its pages; time stands still."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import asyncpg
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from auth.keys import signing_key
from auth.permissions import Role
from auth.tokens import issue_token
from database.store import Store
from graphql_api.app import create_app
from graphql_api.settings import Settings
from ingest.pipeline import Pipeline
from ingest.postfix_reader import PostfixReader
from ingest.tally import Tally
from models.account_fields import FOREVER
from models.attribution import AttributionRules
from models.clock import Clock
from tests.graphql_api.rows import insert_account, insert_activities

_LOG = Path(__file__).parents[2] / "examples/postfix/mail.log"
_RULES = AttributionRules(trusted_networks=(ip_network("127.0.0.1/32"),))
_ACCOUNTS = {"northwind": "America/Toronto", "acme": "Europe/Paris", "globex": "Asia/Kolkata"}
# Nothing of theirs is in the log: the browser's tests say what arrives (see `arrivals`).
_FILLED_BY_TESTS = ("initech", "umbrella")


@pytest.fixture
async def recorded(connection: asyncpg.Connection, clock: Clock) -> None:
    """The recorded log's rows; globex has no plan."""
    for name, zone in _ACCOUNTS.items():
        account = await insert_account(connection, name, zone, None if name == "globex" else FOREVER)
        await connection.execute("insert into smtp_credential values ($1, $2)", f"{name}@relay1.example.net", account)
        await connection.execute("insert into sending_domain values ($1, $2)", f"{name}.example", account)
    for name in _FILLED_BY_TESTS:
        await insert_account(connection, name, "Europe/Paris", FOREVER)
    store = await Store.open(connection, rules=_RULES, retention=timedelta(days=400))
    await PostfixReader(Pipeline(store, clock), year=2026, time_zone=UTC).read(str(_LOG), Tally())


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """The service's settings."""
    return Settings.model_validate({"DATABASE_URL": database_url, "data_directory": tmp_path, "pool_size": 2})


@pytest.fixture
def page_tokens(settings: Settings, now: datetime) -> dict[str, str]:
    """Tokens of callers, by the names that the browser's tests know."""

    def token(role: Role, account: str) -> str:
        return issue_token(
            signing_key(settings.load_token_keys()),
            settings.token_dialect,
            subject="someone",
            account=account,
            role=role,
            now=now,
            lifetime=timedelta(hours=1),
        )

    return {
        "regular": token(Role.REGULAR, "northwind"),
        "acme": token(Role.REGULAR, "acme"),
        "notAllowed": token(Role.CUSTOM, "northwind"),
        "noPlan": token(Role.REGULAR, "globex"),
    } | {name: token(Role.REGULAR, name) for name in _FILLED_BY_TESTS}


@pytest.fixture
def arrivals(connection: asyncpg.Connection) -> Route:
    """What the browser's tests call to let activities arrive: POST {account, number, newest}."""

    async def arrive(request: Request) -> Response:
        asked = await request.json()
        account = await connection.fetchval("select id from account where external_id = $1", asked["account"])
        async with connection.transaction():
            await insert_activities(connection, account, datetime.fromisoformat(asked["newest"]), asked["number"])
        return Response(status_code=204)

    return Route("/test/arrivals", arrive, methods=["POST"])


@pytest.fixture
async def address(settings: Settings, clock: Clock, recorded: None, arrivals: Route) -> AsyncIterator[str]:
    """The running service's address."""
    app = create_app(settings, clock=clock)
    app.router.routes.insert(0, arrivals)
    async with _serving(app) as address:
        yield address


@asynccontextmanager
async def _serving(app: Starlette) -> AsyncIterator[str]:
    server = uvicorn.Server(uvicorn.Config(app, port=0, ws="none", log_config=None, access_log=False))
    serving = asyncio.create_task(server.serve())
    try:
        while not server.started:
            assert not serving.done()
            await asyncio.sleep(0.02)
        _, port = server.servers[0].sockets[0].getsockname()
        yield f"http://127.0.0.1:{port}/"
    finally:
        server.should_exit = True
        await serving
