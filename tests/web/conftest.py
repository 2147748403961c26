"""The service on a port of its own with the recorded log, and the callers that look at its pages; time stands still."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import asyncpg
import jwt
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from auth.keys import TokenKey, signing_key
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
from tests.graphql_api.rows import insert_account, insert_activities, insert_activity, insert_event

_LOG = Path(__file__).parents[2] / "examples/postfix/mail.log"
_RULES = AttributionRules(trusted_networks=(ip_network("127.0.0.1/32"),))
_ACCOUNTS = {"northwind": "America/Toronto", "acme": "Europe/Paris", "globex": "Asia/Kolkata"}
# Nothing of theirs is in the log: the browser's tests say what arrives (see `arrivals`).
_FILLED_BY_TESTS = ("initech", "umbrella")

# An account with what the log lacks: a recipient still tried again, and a delivery taken back.
_FATES = "wonka"

# Accounts whose mail went out before and after the clocks of Toronto changed in 2026, and those of Paris.
_ACROSS_CHANGES = {"toronto": "America/Toronto", "paris": "Europe/Paris", "kolkata": "Asia/Kolkata"}
_CHANGES = (datetime(2026, 11, 1, 6, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC))

# Where a proxy shows the service below a path.
_PREFIX = "/mail"

# As docs/operating.md tells a host; the service and the token are in the fragment of the host's own address.
_HOST_PAGE = """<!doctype html><html lang="en"><title>Host</title>
<iframe title="Activity" style="width: 100%; height: 40rem"></iframe>
<script>
  const [service, token] = location.hash.slice(1).split(",");
  const frame = document.querySelector("iframe");
  addEventListener("message", ({ source, origin, data }) => {
    if (source === frame.contentWindow && origin === service && data.type === "smtp-activity:token-wanted")
      source.postMessage({ type: "smtp-activity:token", token }, service);
  });
  frame.src = service;
</script>"""


@pytest.fixture
async def recorded(connection: asyncpg.Connection, clock: Clock) -> None:
    """The recorded log's rows; globex has no plan."""
    for name, zone in _ACCOUNTS.items():
        account = await insert_account(connection, name, zone, None if name == "globex" else FOREVER)
        await connection.execute("insert into smtp_credential values ($1, $2)", f"{name}@relay1.example.net", account)
        await connection.execute("insert into sending_domain values ($1, $2)", f"{name}.example", account)
    for name, zone in _ACROSS_CHANGES.items():
        account = await insert_account(connection, name, zone, FOREVER)
        for change in _CHANGES:
            for minutes in (-90, 30):
                await insert_activity(connection, account, change + timedelta(minutes=minutes))
    for name in _FILLED_BY_TESTS:
        await insert_account(connection, name, "Europe/Paris", FOREVER)
    await _insert_fates(connection, await insert_account(connection, _FATES, "America/Toronto", FOREVER))
    store = await Store.open(connection, rules=_RULES, retention=timedelta(days=400))
    await PostfixReader(Pipeline(store, clock), year=2026, time_zone=UTC).read(str(_LOG), Tally())


async def _insert_fates(connection: asyncpg.Connection, account: int) -> None:
    sent = datetime(2026, 11, 22, 14, tzinfo=UTC)
    tried, bounced = sent + timedelta(seconds=1), sent + timedelta(minutes=30)
    greylisted = {"response": "450 4.2.0 Greylisted, try again", "smtp_code": 450, "enhanced_code": "4.2.0"}
    unknown = {"response": "550 5.1.1 No such user", "smtp_code": 550, "enhanced_code": "5.1.1"}
    waiting = await insert_activity(
        connection,
        account,
        sent,
        status="DEFERRED",
        status_changed_at=tried,
        recipient="waiting@example.com",
        reason_category="RATE_LIMITED",
        **_as_reason(greylisted),
    )
    await insert_event(connection, account, waiting, tried, "DEFERRED", remote_host="mx.example.com", **greylisted)
    late = await insert_activity(
        connection,
        account,
        sent,
        status="HARD_BOUNCE",
        status_changed_at=bounced,
        recipient="late@example.com",
        reason_category="INVALID_ADDRESS",
        **_as_reason(unknown),
    )
    await insert_event(connection, account, late, tried, "DELIVERED", remote_host="mx.example.com", response="250 OK")
    await insert_event(connection, account, late, bounced, "HARD_BOUNCE", attempted=False, out_of_band=True, **unknown)


def _as_reason(answer: dict[str, Any]) -> dict[str, Any]:
    """A row's columns of what its last event says."""
    return {"reason_message" if name == "response" else name: value for name, value in answer.items()}


@pytest.fixture
async def host_address() -> AsyncIterator[str]:
    """A site that frames the Activity page and gives it a token: /#SERVICE,TOKEN."""

    async def host_page(_request: Request) -> Response:
        return HTMLResponse(_HOST_PAGE)

    async with _serving(Starlette(routes=[Route("/", host_page)])) as address:
        yield address


@pytest.fixture
def settings(database_url: str, tmp_path: Path, host_address: str) -> Settings:
    """The service's settings."""
    return Settings.model_validate(
        {
            "DATABASE_URL": database_url,
            "data_directory": tmp_path,
            "pool_size": 2,
            "embed_origins": (host_address.rstrip("/"),),
            # All tests are in one minute.
            "rate_limit": {"points": 1_000_000_000, "failed_authentications": 1_000_000},
        }
    )


@pytest.fixture
def page_tokens(settings: Settings, now: datetime) -> dict[str, str]:
    """Tokens of callers, by the names that the browser's tests know."""

    key = signing_key(settings.load_token_keys())

    def token(role: Role, account: str, issued: datetime = now) -> str:
        return issue_token(
            key,
            settings.token_dialect,
            subject="someone",
            account=account,
            role=role,
            now=issued,
            lifetime=timedelta(hours=1),
        )

    return {
        **{name: token(Role.REGULAR, name) for name in _ACROSS_CHANGES},
        "ended": token(Role.REGULAR, "northwind", now - timedelta(hours=2)),
        "staff": _acting(token(Role.REGULAR, "northwind"), key),
        "regular": token(Role.REGULAR, "northwind"),
        "acme": token(Role.REGULAR, "acme"),
        "fates": token(Role.REGULAR, _FATES),
        "notAllowed": token(Role.CUSTOM, "northwind"),
        "noPlan": token(Role.REGULAR, "globex"),
    } | {name: token(Role.REGULAR, name) for name in _FILLED_BY_TESTS}


def _acting(token: str, key: TokenKey) -> str:
    """The token with a staff member who acts for the account."""
    assert key.signing is not None
    claims = jwt.decode(token, options={"verify_signature": False}) | {"act": {"sub": "sam@relay.example"}}
    return jwt.encode(claims, key.signing, key.algorithm, headers={"kid": key.key_id})


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
async def address(
    settings: Settings, clock: Clock, recorded: None, page_tokens: dict[str, str], arrivals: Route
) -> AsyncIterator[str]:
    """The running service's address; the same service is below /mail/, as a proxy would show it."""
    offered = {"acme, regular user": page_tokens["acme"]}
    app = create_app(settings, clock=clock, demo_tokens=lambda: offered)
    app.router.routes.insert(0, arrivals)
    async with _serving(_below(_PREFIX, app)) as address:
        yield address


def _below(prefix: str, app: ASGIApp) -> ASGIApp:
    """A proxy that takes the prefix off; what has none is passed on as it is."""

    async def proxy(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            below = scope["path"].removeprefix(prefix)
            await app({**scope, "path": below}, receive, send)
        else:
            await app(scope, receive, send)

    return proxy


@asynccontextmanager
async def _serving(app: ASGIApp) -> AsyncIterator[str]:
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
