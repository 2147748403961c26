"""The limits as a client meets them: what is refused, by which status, and what is still answered."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta

import asyncpg
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.types import Message, Scope

from graphql_api.app import create_app
from graphql_api.json_text import check_json_text
from graphql_api.limits import Limits
from graphql_api.refusals import BadRequest
from graphql_api.settings import Settings
from models.clock import Clock
from tests.graphql_api.conftest import AccountIds, Asker, Tokens, serving
from tests.graphql_api.test_measured_document import doubling

LimitedTo = Callable[..., AbstractAsyncContextManager[Asker]]


@pytest.fixture
def limited_to(settings: Settings, accounts: AccountIds, clock: Clock, tokens: Tokens) -> LimitedTo:
    """Someone who asks an application with these limits."""

    @asynccontextmanager
    async def start(**limits: object) -> AsyncIterator[Asker]:
        app = create_app(settings.model_copy(update={"limits": Limits.model_validate(limits)}), clock=clock)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://service") as client,
        ):
            yield Asker(client, tokens.issue())

    return start


def posted_by(tokens: Tokens) -> Scope:
    """A request whose body is still to be received."""
    headers = [(b"authorization", f"Bearer {tokens.issue()}".encode()), (b"content-type", b"application/json")]
    return {"type": "http", "method": "POST", "path": "/graphql", "query_string": b"", "headers": headers}


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("{ " + "a " * 2_000 + "}", "tokens more, at most 2000."),
        (f"{{ viewer {{ ...F0 }} }} {doubling(22, 'id')}", "fields 1000000, at most 300."),
        ("{" + "viewer { account {" * 7 + "id" + "} }" * 7 + "}", "depth 15, at most 12."),
        ("{ viewer {" + "".join(f"a{n}: id " for n in range(16)) + "} }", "aliases 16, at most 15."),
        ("{ viewer { " + "id " * 300 + "} }", "fields 301, at most 300."),
        ("{ viewer { " + "id @skip(if: false) " * 21 + "} }", "directives 21, at most 20."),
        (" ".join(f"query Q{n} {{ viewer {{ id }} }}" for n in range(11)), "operations 11, at most 10."),
        ("query (" + "".join(f"$v{n}: Int " for n in range(51)) + ") { viewer { id } }", "variables 51, at most 50."),
        (f"{{ viewer {{ {'a' * 101}: id }} }}", "name characters 101, at most 100."),
        (
            "{ __schema { types { " + "ofType { " * 13 + "name " + "} " * 13 + "} } }",
            "introspection depth 16, at most 15.",
        ),
        (
            "{ smtpActivities(first: 100) { nodes { " + "id " * 50 + "} } }",
            "cost 5101, at most 5000.",
        ),
        ("{ viewer { " + "id " * 64 + "} }", "comparisons more, at most 2000."),
        (
            "{"
            + "".join(f"...F{n} " for n in range(64))
            + "} "
            + "".join(f"fragment F{n} on Query {{ viewer {{ id }} }} " for n in range(64)),
            "comparisons more, at most 2000.",
        ),
    ],
)
async def test_a_document_over_a_limit_is_refused_by_its_name(regular: Asker, query: str, message: str) -> None:
    response = await regular.response(query)
    assert response.status_code == 400
    assert response.json() == {
        "errors": [
            {
                "message": f"The document is too complex: {message}",
                "extensions": {"code": "QUERY_TOO_COMPLEX"},
            }
        ]
    }


async def test_all_of_a_hundred_activities_is_no_more_than_a_page_may_cost(regular: Asker) -> None:
    reason = "reason { __typename category responsibility explanation message smtpCode enhancedCode }"
    everything = f"""
        __typename id sentAt status statusExplanation statusChangedAt recipient deliveredTo sender envelopeSender
        subject attemptCount messageId queueId relay credential {reason}
        events {{ __typename occurredAt status remoteHost response outOfBand {reason} }}
    """
    page = f"edges {{ cursor node {{ {everything} }} }} pageInfo {{ hasNextPage endCursor }} totalCount"
    assert await regular.data(f"{{ smtpActivities(first: 100) {{ {page} }} }}") == {
        "smtpActivities": {"edges": [], "pageInfo": {"hasNextPage": False, "endCursor": None}, "totalCount": 0}
    }


@pytest.mark.parametrize(
    ("limits", "body", "status"),
    [
        ({"body_bytes": 1_000}, b" " * 1_001, 413),
        ({"json_depth": 3}, b'{"query": "{ viewer { role } }", "variables": {"a": [[]]}}', 400),
        ({"digits": 10}, b'{"query": "{ viewer { role } }", "variables": {"a": 12345678901}}', 400),
        ({"tokens": 5}, b'{"query": "{ viewer { role } }"}', 400),
    ],
)
async def test_a_limit_is_a_setting(limited_to: LimitedTo, limits: dict[str, int], body: bytes, status: int) -> None:
    (name, allowed), *_ = limits.items()
    async with limited_to(**limits) as asker:
        headers = {
            "Authorization": f"Bearer {asker.token}",
            "Content-Type": "application/json",
            "Accept": "application/graphql-response+json",
        }
        response = await asker.client.post("/graphql", content=body, headers=headers)
        assert response.status_code == status
        assert f"at most {allowed}" in response.text
    async with limited_to(**{name: allowed + 1}) as asker:
        response = await asker.client.post("/graphql", content=body, headers=headers)
        assert f"at most {allowed}" not in response.text


async def test_a_url_or_headers_over_their_limit_are_refused_on_every_path(client: httpx.AsyncClient) -> None:
    for path in ("/graphql", "/healthz", "/nothing"):
        too_long = await client.get(f"{path}?{'x' * 8_193}")
        assert too_long.status_code == 414
        assert too_long.json()["errors"][0]["extensions"] == {"code": "BAD_REQUEST"}
        assert "at most 8192" in too_long.text
        too_large = await client.get(path, headers={"X-Large": "x" * 16_384})
        assert too_large.status_code == 431
        assert "at most 16384" in too_large.text
        assert too_large.headers["x-request-id"]
    assert (await client.get("/healthz", headers={"X-Large": "x" * 16_000})).status_code == 200


async def test_a_body_is_read_no_further_than_its_limit(app: Starlette, tokens: Tokens) -> None:
    received = 0

    async def receive() -> Message:
        nonlocal received
        received += 10_000
        return {"type": "http.request", "body": b" " * 10_000, "more_body": True}

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    await app(posted_by(tokens), receive, send)
    assert sent[0]["status"] == 413
    assert received == 110_000


async def test_a_body_that_does_not_come_is_not_waited_for(limited_to: LimitedTo) -> None:
    async def slow() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    async with limited_to(body_timeout="PT0.1S") as asker:
        headers = {"Authorization": f"Bearer {asker.token}", "Content-Type": "application/json"}
        response = await asker.client.post("/graphql", content=slow(), headers=headers)
    assert response.status_code == 408
    assert response.headers["connection"] == "close"
    assert response.json()["errors"][0]["message"] == "The body came too slowly: at most 0.1 s."


_WAITING = """
select count(*) from pg_locks join pg_database on oid = database where datname = current_database() and not granted
"""


async def waiting(connection: asyncpg.Connection, number: int) -> None:
    """Wait until so many statements wait for a lock."""
    async with asyncio.timeout(20):
        while True:
            if await connection.fetchval(_WAITING) == number:
                return
            await asyncio.sleep(0.02)


async def test_an_execution_that_takes_too_long_is_ended_with_its_statement(
    limited_to: LimitedTo, connection: asyncpg.Connection
) -> None:
    async with limited_to(execution_timeout="PT0.5S") as asker, connection.transaction():
        await connection.execute("lock table smtp_activity in access exclusive mode")
        response = await asker.response("query Slow { smtpActivities { nodes { id } } }")
        await waiting(connection, 0)
    assert response.status_code == 200
    assert response.json()["data"] is None
    (error,) = response.json()["errors"]
    assert error["extensions"] == {"code": "TIMEOUT"}


async def test_a_client_that_goes_away_takes_its_statement_along(
    settings: Settings, accounts: AccountIds, clock: Clock, tokens: Tokens, connection: asyncpg.Connection
) -> None:
    limits = settings.limits.model_copy(update={"execution_timeout": timedelta(hours=2)})
    patient = settings.model_copy(update={"statement_timeout": timedelta(hours=1), "limits": limits})
    gone = asyncio.Event()
    body = iter([b'{"query": "{ smtpActivities { nodes { id } } }"}'])

    async def receive() -> Message:
        if (chunk := next(body, None)) is not None:
            return {"type": "http.request", "body": chunk, "more_body": False}
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        pass

    async with serving(patient, clock) as (app, _), connection.transaction():
        await connection.execute("lock table smtp_activity in access exclusive mode")
        asking = asyncio.create_task(app(posted_by(tokens), receive, send))
        await waiting(connection, 1)
        gone.set()
        await waiting(connection, 0)
        await asyncio.wait_for(asking, 5)


@pytest.mark.parametrize(
    ("limits", "named"),
    [
        ({"tokens": 0}, "tokens"),
        ({"token": 1}, "token"),
        ({"execution_timeout": "PT5S"}, "statement_timeout"),
    ],
)
def test_a_limit_out_of_bounds_is_refused_at_the_start(limits: dict[str, object], named: str) -> None:
    with pytest.raises(ValidationError, match=named):
        Settings.model_validate({"limits": limits})


def depth_of(value: object) -> int:
    """How many levels of lists and objects."""
    below = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if below is None else 1 + max(map(depth_of, below), default=0)


def digits_of(value: object) -> int:
    """The digits of the longest number."""
    if isinstance(value, int):
        return len(str(abs(value)))
    below = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return max(map(digits_of, below), default=0)


@given(
    st.recursive(st.text() | st.integers() | st.none(), lambda each: st.lists(each) | st.dictionaries(st.text(), each))
)
def test_the_depth_and_the_digits_of_json_are_what_a_parser_finds(value: object) -> None:
    """Strings, whatever they hold, count for nothing."""
    text = json.dumps(value, ensure_ascii=False)
    depth, digits = depth_of(value), digits_of(value)
    check_json_text(text, Limits(json_depth=max(depth, 1), digits=max(digits, 10)))
    if depth > 1:
        with pytest.raises(BadRequest):
            check_json_text(text, Limits(json_depth=depth - 1, digits=1_000))
    if digits > 10:
        with pytest.raises(BadRequest):
            check_json_text(text, Limits(json_depth=100, digits=digits - 1))
