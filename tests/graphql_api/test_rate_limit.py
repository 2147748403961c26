"""The budget of a caller and the patience with an address: what is taken, what is refused, and for how long."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry
from pydantic import ValidationError
from starlette.applications import Starlette
from structlog.testing import capture_logs

from auth.permissions import Role
from graphql_api import limits as limits_module
from graphql_api.counts import MemoryCounts, window_at
from graphql_api.limits import Limits, RateLimits
from graphql_api.settings import Settings
from tests.conftest import NOW
from tests.graphql_api.conftest import AccountIds, Asker, Tokens, serving
from tests.graphql_api.redis_server import NEEDED, RedisServer, redis_server

# A field, and the one below it.
TWO_POINTS = "{ viewer { id } }"
BUDGET = "{ rateLimit { limit cost remaining resetAt } }"
ACTIVITIES = "query ($first: Int) { smtpActivities(first: $first) { nodes { id } } }"
ISSUE = (
    'mutation { accessTokenIssue(input: {name: "x", permissions: [ACCESS_SMTP_ACTIVITIES]}) { accessToken { id } } }'
)


class Hand:
    """A clock that is turned by hand."""

    def __init__(self) -> None:
        self.now = NOW + timedelta(seconds=12.25)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def hand() -> Hand:
    """12.25 seconds after the minute began."""
    return Hand()


Serving = AbstractAsyncContextManager[tuple[Starlette, httpx.AsyncClient]]
Limited = Callable[..., Serving]


@pytest.fixture
def limited(settings: Settings, accounts: AccountIds, hand: Hand) -> Limited:
    """The application with these rate limits, on the clock by hand."""

    def start(*, trusted_proxies: tuple[str, ...] = (), **rate_limit: object) -> Serving:
        changed: dict[str, Any] = settings.model_dump(exclude={"database_url"}) | {
            "DATABASE_URL": settings.database_url,
            "rate_limit": rate_limit,
            "limits": {"cost": min(int(str(rate_limit.get("points", 5_000))), 5_000)},
            "trusted_proxies": trusted_proxies,
        }
        return serving(Settings.model_validate(changed), hand)

    return start


@asynccontextmanager
async def from_address(app: Starlette, host: str) -> AsyncIterator[httpx.AsyncClient]:
    """HTTP from an address."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=(host, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        yield client


def refused(response: httpx.Response) -> dict[str, Any]:
    """The only error of a 429, which has no data and says when to come back."""
    assert response.status_code == 429
    assert response.json().keys() == {"errors"}
    (error,) = response.json()["errors"]
    assert isinstance(error, dict)
    assert error["extensions"] == {
        "code": "RATE_LIMITED",
        "retryAfterSeconds": int(response.headers["retry-after"]),
    }
    return error


# The budget


async def test_a_caller_sees_what_a_request_took_and_what_it_left(limited: Limited, tokens: Tokens) -> None:
    async with limited(points=100) as (_, client):
        regular = Asker(client, tokens.issue())
        await regular.data(TWO_POINTS)
        answer = (await regular.response(BUDGET)).json()
    budget = {"limit": 100, "remaining": 93, "resetAt": "2026-11-23T14:01:00.000-05:00"}
    assert answer == {
        "data": {"rateLimit": budget | {"cost": 5}},
        "extensions": {"cost": budget | {"requested": 5}},
    }


async def test_the_budget_is_shown_without_a_plan_and_without_permissions(limited: Limited, tokens: Tokens) -> None:
    async with limited(points=100) as (_, client):
        data = await Asker(client, tokens.issue(Role.CUSTOM, account="globex")).data(BUDGET)
    assert data == {"rateLimit": {"limit": 100, "cost": 5, "remaining": 95, "resetAt": "2026-11-24T00:31:00.000+05:30"}}


async def test_an_answer_with_errors_tells_its_cost_and_a_refused_document_does_not(
    limited: Limited, tokens: Tokens
) -> None:
    async with limited(points=100) as (_, client):
        no_plan = Asker(client, tokens.issue(account="globex"))
        answered = (await no_plan.response("{ smtpActivities(first: 1) { nodes { id } } }")).json()
        not_executed = (await no_plan.response("{ nothing }")).json()
    assert answered["data"] == {"smtpActivities": None}
    assert answered["extensions"]["cost"]["requested"] == 3
    assert not_executed.keys() == {"errors"}


async def test_what_is_over_the_budget_is_refused_until_the_minute_ends(
    limited: Limited, tokens: Tokens, hand: Hand
) -> None:
    async with limited(points=20) as (_, client):
        regular = Asker(client, tokens.issue())
        await regular.data(ACTIVITIES, {"first": 9})
        response = await regular.response(TWO_POINTS)
        assert refused(response)["message"] == (
            "This costs 2 points, and 1 of 20 a minute are left. Ask again in 48 s."
        )
        hand.now = NOW + timedelta(seconds=59.999999)
        assert refused(await regular.response(TWO_POINTS))["extensions"]["retryAfterSeconds"] == 1
        hand.now = NOW + timedelta(seconds=60)
        assert (await regular.data(BUDGET))["rateLimit"]["remaining"] == 15


async def test_what_is_refused_takes_nothing(limited: Limited, tokens: Tokens) -> None:
    async with limited(points=20) as (_, client):
        regular = Asker(client, tokens.issue())
        await regular.data(ACTIVITIES, {"first": 6})
        refused(await regular.response(ACTIVITIES, {"first": 6}))
        assert (await regular.data(BUDGET))["rateLimit"]["remaining"] == 2


async def test_nothing_of_a_refused_request_is_executed(
    limited: Limited, tokens: Tokens, connection: asyncpg.Connection
) -> None:
    async with limited(points=6) as (_, client):
        administrator = Asker(client, tokens.issue(Role.ADMINISTRATOR))
        await administrator.data(BUDGET)
        refused(await administrator.response(ISSUE))
    assert await connection.fetchval("select count(*) from access_token") == 0


async def test_each_subject_of_each_account_has_a_budget_of_its_own(limited: Limited, tokens: Tokens) -> None:
    callers = [("northwind", "alice"), ("northwind", "bob"), ("acme", "alice")]
    async with limited(points=5) as (_, client):
        for account, subject in callers:
            asker = Asker(client, tokens.issue(account=account, subject=subject))
            assert (await asker.data(BUDGET))["rateLimit"]["remaining"] == 0
        # Another token of the same caller is the same caller.
        refused(await Asker(client, tokens.issue(subject="alice", lifetime=timedelta(hours=2))).response(BUDGET))


@pytest.mark.parametrize(
    "query",
    ["{", "{ nothing }", "query A { viewer { id } } query B { viewer { id } }", "{ viewer { " + "id " * 21 + "} }"],
)
async def test_a_document_that_was_read_in_vain_takes_a_point(limited: Limited, tokens: Tokens, query: str) -> None:
    async with limited(points=20) as (_, client):
        regular = Asker(client, tokens.issue())
        for _ in range(3):
            assert (await regular.response(query)).status_code == 400
        assert (await regular.data(BUDGET))["rateLimit"]["remaining"] == 12
        for _ in range(12):
            await regular.response(query)
        refused(await regular.response(query))


async def test_whatever_may_be_asked_can_be_afforded() -> None:
    with pytest.raises(ValidationError, match=r"rate_limit\.points must be at least limits\.cost"):
        Settings.model_validate({"rate_limit": {"points": 4_999}})
    assert Settings.model_validate({"rate_limit": {"points": 5_000}}).rate_limit.points == 5_000


# hypothesis takes naive bounds.
_OF_2026 = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31))  # noqa: DTZ001


@given(_OF_2026, st.integers(1, 60_000_000))
def test_a_window_is_a_minute_and_nobody_waits_longer_or_not_at_all(naive: datetime, later: int) -> None:
    now = naive.replace(tzinfo=NOW.tzinfo)
    window = window_at(now)
    assert now < window.ends_at <= now + timedelta(minutes=1)
    assert (window.ends_at.second, window.ends_at.microsecond) == (0, 0)
    assert now + timedelta(seconds=window.seconds_left(now)) >= window.ends_at
    assert 1 <= window.seconds_left(now) <= 60
    after = now + timedelta(microseconds=later)
    assert (window_at(after).number == window.number) == (after < window.ends_at)


async def test_what_is_counted_late_is_its_own_minutes_and_what_is_over_is_forgotten() -> None:
    counts = MemoryCounts()
    windows = [window_at(NOW + timedelta(minutes=minutes)) for minutes in range(3)]
    assert await counts.add("caller", windows[1], 5) == 5
    assert await counts.add("caller", windows[0], 3) == 3
    assert await counts.add("caller", windows[1], 1) == 6
    assert await counts.add("caller", windows[2], 2) == 2
    assert await counts.add("caller", windows[1], 0) == 6
    assert await counts.add("caller", windows[0], 0) == 0
    an_hour_back = window_at(NOW - timedelta(hours=1))
    assert await counts.add("caller", an_hour_back, 1) == 1
    assert await counts.add("caller", windows[1], 0) == 0


# Failed authentications


async def ask(client: httpx.AsyncClient, token: str, **headers: str) -> httpx.Response:
    """One request with a token."""
    return await client.post(
        "/graphql", json={"query": TWO_POINTS}, headers={"Authorization": f"Bearer {token}"} | headers
    )


async def test_after_too_many_failures_an_address_is_not_listened_to(
    limited: Limited, tokens: Tokens, hand: Hand
) -> None:
    good = tokens.issue()
    async with limited(failed_authentications=3) as (app, client):
        for _ in range(5):
            assert (await ask(client, good)).status_code == 200
        for _ in range(3):
            assert (await ask(client, "wrong")).status_code == 401
        for token in ("wrong", good):
            assert refused(await ask(client, token))["message"] == (
                "Too many authentications from this address have failed: at most 3 a minute. Ask again in 48 s."
            )
        async with from_address(app, "192.0.2.7") as other:
            assert (await ask(other, good)).status_code == 200
        hand.now = NOW + timedelta(minutes=1)
        assert (await ask(client, good)).status_code == 200


@pytest.mark.parametrize(
    ("host", "same", "other"),
    [
        ("192.0.2.1", "192.0.2.1", "192.0.2.2"),
        ("192.0.2.1", "::ffff:192.0.2.1", "::ffff:192.0.2.2"),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:3::1"),
        ("nowhere", "elsewhere", "192.0.2.1"),
    ],
)
async def test_an_address_is_one_of_ipv4_or_64_bits_of_ipv6(
    limited: Limited, tokens: Tokens, host: str, same: str, other: str
) -> None:
    async with limited(failed_authentications=1) as (app, _):
        async with from_address(app, host) as client:
            assert (await ask(client, "wrong")).status_code == 401
        async with from_address(app, same) as client:
            refused(await ask(client, tokens.issue()))
        async with from_address(app, other) as client:
            assert (await ask(client, tokens.issue())).status_code == 200


async def test_behind_a_trusted_proxy_an_attacker_locks_nobody_else_out(limited: Limited, tokens: Tokens) -> None:
    async with (
        limited(failed_authentications=1, trusted_proxies=("192.0.2.0/24",)) as (app, _),
        from_address(app, "192.0.2.9") as proxy,
    ):
        # What the attacker writes into the header stands left of what the proxy adds to it.
        for made_up in ("198.51.100.1", "198.51.100.2"):
            await ask(proxy, "wrong", **{"X-Forwarded-For": f"{made_up}, 203.0.113.66"})
        refused(await ask(proxy, tokens.issue(), **{"X-Forwarded-For": "203.0.113.66"}))
        for bystander in ("203.0.113.5", "198.51.100.1"):
            assert (await ask(proxy, tokens.issue(), **{"X-Forwarded-For": bystander})).status_code == 200


async def test_nobody_escapes_by_a_header_that_is_not_trusted(limited: Limited, tokens: Tokens) -> None:
    async with limited(failed_authentications=1) as (_, client):
        await ask(client, "wrong", **{"X-Forwarded-For": "203.0.113.1"})
        refused(await ask(client, "wrong", **{"X-Forwarded-For": "203.0.113.2"}))


# Redis


@pytest.fixture
async def redis() -> AsyncIterator[RedisServer]:
    """A Redis of the test's own."""
    async with redis_server() as server:
        yield server


@NEEDED
async def test_workers_share_a_budget_in_redis(
    limited: Limited, tokens: Tokens, redis: RedisServer, hand: Hand
) -> None:
    async with (
        limited(points=10, storage=redis.url) as (_, one),
        limited(points=10, storage=redis.socket_url) as (_, other),
    ):
        askers = [Asker(client, tokens.issue()) for client in (one, other)]
        assert [(await asker.data(BUDGET))["rateLimit"]["remaining"] for asker in askers] == [5, 0]
        for asker in askers:
            refused(await asker.response(BUDGET))
        hand.now = NOW + timedelta(minutes=1)
        assert [(await asker.data(BUDGET))["rateLimit"]["remaining"] for asker in askers] == [5, 0]


@NEEDED
async def test_without_its_redis_the_service_refuses_and_it_returns_with_it(
    limited: Limited, tokens: Tokens, redis: RedisServer
) -> None:
    async with limited(points=10, storage=redis.url) as (_, client):
        regular = Asker(client, tokens.issue())
        assert (await regular.data(BUDGET))["rateLimit"]["remaining"] == 5
        assert (await client.get("/readyz")).text == "ready\n"
        await redis.stop()
        with capture_logs() as logs:
            response = await regular.response(BUDGET)
        assert (response.status_code, response.headers["retry-after"]) == (503, "10")
        assert response.json() == {
            "errors": [
                {
                    "message": "Unexpected error.",
                    "extensions": {"code": "INTERNAL_SERVER_ERROR", "requestId": response.headers["x-request-id"]},
                }
            ]
        }
        assert "CountsUnavailable" in [line.get("error") for line in logs]
        ready = await client.get("/readyz")
        assert (ready.status_code, ready.text) == (503, "not ready: Redis\n")
        await redis.start()
        assert (await regular.data(BUDGET))["rateLimit"]["remaining"] == 5
        assert (await client.get("/readyz")).text == "ready\n"


@NEEDED
async def test_redis_forgets_what_is_over(limited: Limited, tokens: Tokens, redis: RedisServer) -> None:
    from redis.asyncio import Redis

    async with limited(points=10, storage=redis.url) as (_, client):
        await Asker(client, tokens.issue(subject="alice")).data(BUDGET)
    async with Redis.from_url(redis.url) as looking:
        (key,) = await looking.keys()
        assert 0 < await looking.ttl(key) <= 120


@pytest.mark.parametrize("url", ["", "memory", "memcached://10.0.0.1", "http://redis.example", "redis"])
def test_a_storage_that_is_not_known_stops_the_start(url: str) -> None:
    with pytest.raises(ValidationError, match="must be memory://"):
        RateLimits.model_validate({"storage": url})


def test_a_redis_without_its_client_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits_module, "find_spec", lambda _: None)
    with pytest.raises(ValidationError, match=r"smtp-activity\[redis\]"):
        RateLimits.model_validate({"storage": "redis://10.0.0.1"})
    assert RateLimits.model_validate({"storage": "memory://"}).points > 0


def test_the_password_of_a_redis_is_not_shown() -> None:
    assert "hunter2" not in repr(RateLimits.model_validate({"storage": "redis://:hunter2@10.0.0.1"}))


# Metrics and browsers


def refusals(registry: CollectorRegistry) -> dict[str, float]:
    """How many requests each limit has refused."""
    return {
        sample.labels["limit"]: sample.value
        for metric in registry.collect()
        for sample in metric.samples
        if sample.name == "smtp_activity_limits_refused_total"
    }


async def test_refusals_are_counted_by_the_limits_own_names(limited: Limited, tokens: Tokens) -> None:
    async with limited(points=20, failed_authentications=1) as (app, client):
        regular = Asker(client, tokens.issue())
        headers = {"Authorization": f"Bearer {regular.token}", "Content-Type": "application/json"}
        await regular.response("{ viewer { " + "id " * 300 + "} }")
        await regular.response("{ viewer { " + "id " * 20 + "} }")
        for body in (b" " * 100_001, b"[" * 33 + b"]" * 33, b"1" * 21):
            await client.post("/graphql", content=body, headers=headers)
        await client.get(f"/nothing?{'x' * 8_193}")
        await client.get("/healthz", headers={"X-Large": "x" * 16_384})
        for _ in range(5):
            await regular.response(BUDGET)
        for _ in range(3):
            await ask(client, "wrong")
        counted = refusals(app.state.service.metrics.registry)
    assert counted == {
        "fields": 1,
        "cost": 1,
        "body_bytes": 1,
        "json_depth": 1,
        "digits": 1,
        "url_bytes": 1,
        "header_bytes": 1,
        "points": 2,
        "failed_authentications": 2,
    }
    assert counted.keys() <= Limits.model_fields.keys() | RateLimits.model_fields.keys()


async def test_a_browser_may_read_when_to_come_back(settings: Settings, accounts: AccountIds, hand: Hand) -> None:
    origin = "https://portal.example"
    async with serving(settings.model_copy(update={"cors_origins": (origin,)}), hand) as (_, client):
        response = await client.post("/graphql", json={"query": TWO_POINTS}, headers={"Origin": origin})
    assert response.headers["access-control-expose-headers"] == "x-request-id, Retry-After"
