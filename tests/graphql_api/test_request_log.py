"""One line a request: who, what, how long, how it ended; and nothing that is private."""

import logging
from datetime import datetime, timedelta

import asyncpg
import httpx
import pytest
from structlog.testing import capture_logs

from auth.permissions import Role
from tests.graphql_api.conftest import AccountIds, Asker, Tokens
from tests.graphql_api.rows import insert_activity

PRIVATE = ("amelie", "bruno", "Secret plans", "eyJ", "northwind.example")


async def test_a_line_says_who_asked_what_and_how_it_ended(client: httpx.AsyncClient, tokens: Tokens) -> None:
    asker = Asker(client, tokens.issue(Role.CUSTOM, subject="user-42"))
    with capture_logs() as logs:
        response = await asker.response("query Recent { viewer { id } smtpActivities { nodes { id } } }")
    (line,) = logs
    milliseconds = line.pop("milliseconds")
    assert line == {
        "event": "request",
        "log_level": "info",
        "request_id": response.headers["x-request-id"],
        "client": "127.0.0.1",
        "endpoint": "graphql",
        "status": 200,
        "operation": "Recent",
        "caller": "user-42",
        "outcome": "FORBIDDEN",
    }
    assert 0 < milliseconds < 60_000


@pytest.mark.parametrize(
    ("query", "operation", "outcome"),
    [
        ("{ viewer { id } }", None, "ok"),
        ("query Mine { viewer { id } }", "Mine", "ok"),
        ("query Mine { nothing }", None, "GRAPHQL_VALIDATION_FAILED"),
        ("query Mine($n: Int) { smtpActivities(first: $n) { nodes { id } } }", "Mine", "BAD_USER_INPUT"),
        (
            "query Mine { a: smtpActivities(first: 101) { __typename } b: smtpActivities(first: 102) { __typename } }",
            "Mine",
            "BAD_USER_INPUT",
        ),
    ],
)
async def test_the_outcome_is_the_codes_of_the_errors(
    regular: Asker, query: str, operation: str | None, outcome: str
) -> None:
    with capture_logs() as logs:
        await regular.response(query, {"n": "many"})
    assert [(line["operation"], line["outcome"]) for line in logs] == [(operation, outcome)]


async def test_a_request_without_a_caller_is_logged_too(client: httpx.AsyncClient) -> None:
    with capture_logs() as logs:
        await client.post("/graphql")
        await client.get("/amelie@example.com")
    assert [(line["endpoint"], line["status"], line["caller"], line["outcome"]) for line in logs] == [
        ("graphql", 401, None, "UNAUTHENTICATED"),
        (None, 404, None, "BAD_REQUEST"),
    ]


@pytest.mark.parametrize("probe", ["healthz", "readyz"])
async def test_probes_are_for_debugging_only(client: httpx.AsyncClient, probe: str) -> None:
    with capture_logs() as logs:
        await client.get(f"/{probe}")
    assert [(line["endpoint"], line["log_level"]) for line in logs] == [(probe, "debug")]


async def test_no_token_no_address_and_no_variable_is_ever_logged(
    connection: asyncpg.Connection,
    accounts: AccountIds,
    regular: Asker,
    now: datetime,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    await insert_activity(
        connection, accounts.northwind, now - timedelta(hours=1), recipient="amelie@example.com", subject="Secret plans"
    )
    filtered = "query Q($f: SmtpActivityFilter) { smtpActivities(filter: $f) { nodes { recipient sender subject } } }"
    caplog.set_level(logging.DEBUG)
    with capture_logs() as logs:
        found = await regular.data(filtered, {"f": {"recipient": {"contains": "amelie"}}})
        assert found["smtpActivities"]["nodes"][0]["subject"] == "Secret plans"
        await regular.response('{ smtpActivities(filter: {search: "bruno@"}) { nodes { id } } }')
        await regular.response('{ smtpActivities(filter: {search: 5, status: "bruno"}) { nodes { id } } }')
        await regular.response(filtered, {"f": {"recipient": "bruno@example.com"}})
        await regular.response(filtered, {"f": {"subject": {"contains": "bruno\0"}}})
        await regular.response("query bruno { nothing }", operationName="bruno")
        await regular.client.post("/graphql?token=eyJhbGciOi", headers={"Authorization": "Bearer eyJhbGciOi.x.y"})
        await connection.execute("alter table smtp_activity rename column search_text to texts")
        try:
            await regular.response(filtered, {"f": {"search": "amelie@example.com"}})
        finally:
            await connection.execute("alter table smtp_activity rename column texts to search_text")
    # httpx and asyncio are the test's own client and loop.
    service = [
        record.getMessage() for record in caplog.records if record.name.split(".")[0] not in {"httpx", "httpcore"}
    ]
    written = "\n".join([*map(str, logs), *service, *capfd.readouterr()])
    assert written.count("'event': 'request'") == 8
    assert "UndefinedColumnError" in written
    assert [private for private in PRIVATE if private in written] == []
