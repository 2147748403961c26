"""The headers of every answer, whatever was asked and however it ended."""

from collections.abc import AsyncIterator
from ipaddress import ip_network

import httpx
import pytest
from starlette.applications import Starlette
from starlette.datastructures import Headers
from structlog.testing import capture_logs

from graphql_api.app import create_app
from graphql_api.headers import mark_answer
from graphql_api.settings import Settings
from models.clock import Clock
from tests.graphql_api.conftest import AccountIds

PROXY, CLIENT = "10.1.2.3", "198.51.100.7"


@pytest.fixture
async def proxied_app(settings: Settings, accounts: AccountIds, clock: Clock) -> AsyncIterator[Starlette]:
    """An application that trusts a network of proxies, and their page's origin."""
    trusting = {
        "trusted_proxies": (ip_network("10.0.0.0/8"), ip_network("fd00::/8")),
        "cors_origins": ("https://a.example",),
    }
    app = create_app(settings.model_copy(update=trusting), clock=clock)
    async with app.router.lifespan_context(app):
        yield app


async def answer_to(app: Starlette, peer: str, headers: list[tuple[str, str]]) -> tuple[httpx.Response, str | None]:
    """The answer, and the client as the log has it."""
    transport = httpx.ASGITransport(app, client=(peer, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        with capture_logs() as logs:
            answer = await client.get("/healthz", headers=headers)
    (line,) = logs
    return answer, line["client"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/healthz", 200),
        ("GET", "/readyz", 200),
        ("POST", "/graphql", 401),
        ("PUT", "/graphql", 405),
        ("GET", "/graphql/", 404),
        ("GET", "/favicon.ico", 404),
        ("OPTIONS", "/graphql", 200),
    ],
)
async def test_nothing_is_sniffed_framed_or_loaded(proxied_app: Starlette, method: str, path: str, status: int) -> None:
    preflight = {"Origin": "https://a.example", "Access-Control-Request-Method": "POST"} if method == "OPTIONS" else {}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(proxied_app), base_url="http://service") as client:
        answer = await client.request(method, path, headers=preflight)
    assert answer.status_code == status
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert answer.headers["cache-control"] == "private, no-store"
    assert "location" not in answer.headers
    assert "server" not in answer.headers


def test_a_page_keeps_the_policy_that_it_brings() -> None:
    headers = [(b"content-security-policy", b"default-src 'self'")]
    mark_answer(headers, "some-id", over_tls=False)
    assert Headers(raw=headers).getlist("content-security-policy") == ["default-src 'self'"]


async def test_what_came_by_tls_stays_with_it(app: Starlette) -> None:
    transport = httpx.ASGITransport(app)
    async with (
        httpx.AsyncClient(transport=transport, base_url="https://service") as over_tls,
        httpx.AsyncClient(transport=transport, base_url="http://service") as in_clear,
    ):
        assert (await over_tls.get("/healthz")).headers["strict-transport-security"] == "max-age=31536000"
        assert "strict-transport-security" not in (await in_clear.get("/healthz")).headers


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        # A proxy says who came to it; before that, anybody may have said anything.
        (PROXY, [CLIENT], CLIENT),
        (PROXY, [f"203.0.113.9, {CLIENT}"], CLIENT),
        (PROXY, ["203.0.113.9", CLIENT], CLIENT),
        (PROXY, [f"10.9.9.9, {CLIENT}, 10.8.8.8"], CLIENT),
        (PROXY, [f"{CLIENT}:4711"], CLIENT),
        (PROXY, ["2001:db8::1"], "2001:db8::1"),
        ("fd00::1", [CLIENT], CLIENT),
        # Sockets that speak both versions.
        (f"::ffff:{PROXY}", [CLIENT], CLIENT),
        (f"::ffff:{CLIENT}", [], CLIENT),
        # All are proxies: the first one asks for itself.
        (PROXY, ["10.9.9.9, 10.8.8.8"], "10.9.9.9"),
        (PROXY, [], PROXY),
        # Not an address: a proxy's network made it up.
        (PROXY, ["<script>, 10.8.8.8"], None),
        # Anybody else is not believed.
        (CLIENT, ["203.0.113.9"], CLIENT),
        ("11.1.2.3", ["203.0.113.9"], "11.1.2.3"),
    ],
)
async def test_the_client_is_the_last_address_that_is_no_trusted_proxy(
    proxied_app: Starlette, peer: str, forwarded: list[str], client: str | None
) -> None:
    _, logged = await answer_to(proxied_app, peer, [("X-Forwarded-For", value) for value in forwarded])
    assert logged == client


@pytest.mark.parametrize(
    ("peer", "scheme", "strict"),
    [(PROXY, "https", True), (PROXY, "http", False), (PROXY, "gopher", False), (CLIENT, "https", False)],
)
async def test_tls_is_believed_of_trusted_proxies_only(
    proxied_app: Starlette, peer: str, scheme: str, strict: bool
) -> None:
    answer, _ = await answer_to(proxied_app, peer, [("X-Forwarded-Proto", scheme)])
    assert ("strict-transport-security" in answer.headers) is strict


async def test_nobody_is_trusted_unless_named(app: Starlette) -> None:
    answer, client = await answer_to(app, "127.0.0.1", [("X-Forwarded-For", CLIENT), ("X-Forwarded-Proto", "https")])
    assert client == "127.0.0.1"
    assert "strict-transport-security" not in answer.headers
