"""GraphQL over HTTP: methods, media types, statuses and headers; no body makes the service fail."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from structlog.testing import capture_logs

from graphql_api.app import create_app
from graphql_api.settings import Settings
from models.clock import Clock
from tests.graphql_api.conftest import AccountIds, Asker, Tokens

QUERY = b'{"query": "{ viewer { role } }"}'
DATA = {"viewer": {"role": "REGULAR"}}
GRAPHQL_RESPONSE = "application/graphql-response+json; charset=utf-8"
JSON = "application/json; charset=utf-8"


@pytest.fixture
def headers(tokens: Tokens) -> dict[str, str]:
    """What a well-behaved client sends."""
    return {"Authorization": f"Bearer {tokens.issue()}", "Content-Type": "application/json"}


def codes(response: httpx.Response) -> list[str]:
    """The codes of an answer that has errors only."""
    assert response.json().keys() == {"errors"}
    return [error["extensions"]["code"] for error in response.json()["errors"]]


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("application/graphql-response+json", GRAPHQL_RESPONSE),
        ("application/graphql-response+json, application/json;q=0.9", GRAPHQL_RESPONSE),
        ("application/json", JSON),
        ("*/*", JSON),
    ],
)
async def test_an_answer_has_the_media_type_that_was_asked_for(
    client: httpx.AsyncClient, headers: dict[str, str], accept: str, content_type: str
) -> None:
    response = await client.post("/graphql", content=QUERY, headers=headers | {"Accept": accept})
    assert response.status_code == 200
    assert response.headers["content-type"] == content_type
    assert response.json()["data"] == DATA


@pytest.mark.parametrize("query", ["{", "{ nothing }", "{ smtpActivities(first: true) { nodes { id } } }"])
@pytest.mark.parametrize(
    ("accept", "status"), [("application/graphql-response+json", 400), ("application/json", 200), ("*/*", 200)]
)
async def test_a_request_error_is_400_but_for_clients_of_plain_json(
    client: httpx.AsyncClient, headers: dict[str, str], query: str, accept: str, status: int
) -> None:
    response = await client.post("/graphql", json={"query": query}, headers=headers | {"Accept": accept})
    assert response.status_code == status
    assert response.json().keys() == {"errors"}


async def test_several_accept_headers_are_one(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    several = [*headers.items(), ("Accept", "text/html"), ("Accept", "application/graphql-response+json")]
    response = await client.post("/graphql", content=QUERY, headers=several)
    assert response.headers["content-type"] == GRAPHQL_RESPONSE


async def test_a_client_that_takes_neither_media_type_is_told_so(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    response = await client.post("/graphql", content=QUERY, headers=headers | {"Accept": "text/html"})
    assert response.status_code == 406
    assert response.headers["content-type"] == JSON
    assert codes(response) == ["BAD_REQUEST"]


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_only_post_is_allowed(client: httpx.AsyncClient, headers: dict[str, str], method: str) -> None:
    response = await client.request(method, "/graphql", headers=headers)
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"


async def test_what_is_not_there_is_told_in_json(client: httpx.AsyncClient) -> None:
    response = await client.get("/nothing")
    assert response.status_code == 404
    assert codes(response) == ["BAD_REQUEST"]


@pytest.mark.parametrize(
    "changed",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/graphql"},
        {"Content-Type": "application/json; charset=utf-16"},
        {"Content-Encoding": "gzip"},
    ],
)
async def test_a_body_that_does_not_say_it_is_json_is_refused(
    client: httpx.AsyncClient, headers: dict[str, str], changed: dict[str, str]
) -> None:
    response = await client.post("/graphql", content=QUERY, headers=headers | changed)
    assert response.status_code == 415
    assert codes(response) == ["BAD_REQUEST"]


async def test_a_body_without_a_content_type_is_refused(client: httpx.AsyncClient, tokens: Tokens) -> None:
    response = await client.post("/graphql", content=QUERY, headers={"Authorization": f"Bearer {tokens.issue()}"})
    assert response.status_code == 415


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"1",
        b'"x"',
        b"true",
        b"[]",
        b'[{"query": "{ viewer { role } }"}]',
        b"{}",
        b"{",
        b"{'query': 'x'}",
        b'{"query": null}',
        b'{"query": 1}',
        b'{"query": {"a": 1}}',
        b'{"query": "\xff"}',
        b'{"query": "\\ud800"}',
        b'{"query": "{ viewer { role } }", "operationName": "\\ud800"}',
        b'{"query": "{ viewer { role } }", "operationName": 1}',
        b'{"query": "{ viewer { role } }", "variables": []}',
        b'{"query": "{ viewer { role } }", "variables": "{}"}',
        b'{"query": "{ viewer { role } }", "extensions": 1}',
        b'{"query": "{ viewer { role } }", "variables": {"a": ' + b"1" * 5_000 + b"}}",
        b'{"query": "{ viewer { role } }", "variables": {"a": 1e999}}',
        b'{"query": "{ viewer { role } }", "variables": {"a": NaN}}',
        b'{"query": "{ viewer { role } }", "variables": {"a": ' + b"[" * 10_000 + b"]" * 10_000 + b"}}",
        b'{"query": "{ viewer { role } }", "variables": {"a": ' + b'{"a":' * 10_000 + b"1" + b"}" * 10_001 + b"}",
        b"\xef\xbb\xbf" + QUERY,
        QUERY + QUERY,
    ],
)
@pytest.mark.parametrize("accept", ["application/json", "application/graphql-response+json"])
async def test_a_body_that_is_no_graphql_request_is_a_bad_request(
    client: httpx.AsyncClient, headers: dict[str, str], body: bytes, accept: str
) -> None:
    response = await client.post("/graphql", content=body, headers=headers | {"Accept": accept})
    assert response.status_code == 400
    assert codes(response) == ["BAD_REQUEST"]


@pytest.mark.parametrize(
    "extra",
    [
        {"variables": None, "operationName": None, "extensions": None},
        {"variables": {}, "extensions": {"anything": [1]}, "unknown": True},
    ],
)
async def test_what_is_null_or_unknown_in_a_request_does_no_harm(regular: Asker, extra: dict[str, Any]) -> None:
    response = await regular.client.post(
        "/graphql",
        json={"query": "{ viewer { role } }"} | extra,
        headers={"Authorization": f"Bearer {regular.token}"},
    )
    assert response.json()["data"] == DATA


async def test_a_body_that_is_too_large_is_refused(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    padding = 100_000 - len(QUERY)
    fits = await client.post("/graphql", content=QUERY + b" " * padding, headers=headers)
    assert fits.status_code == 200
    too_large = await client.post("/graphql", content=QUERY + b" " * (padding + 1), headers=headers)
    assert too_large.status_code == 413
    assert codes(too_large) == ["BAD_REQUEST"]


async def test_a_client_that_goes_away_is_only_logged(app: Starlette, tokens: Tokens) -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/graphql",
        "query_string": b"",
        "headers": [
            (b"authorization", f"Bearer {tokens.issue()}".encode()),
            (b"content-type", b"application/json"),
        ],
    }
    with capture_logs() as logs:
        await app(scope, receive, send)
    assert [(line["status"], line["outcome"], line["log_level"]) for line in logs] == [(400, "BAD_REQUEST", "info")]


@pytest.mark.parametrize("path", ["/graphql", "/healthz", "/nothing"])
async def test_every_answer_is_private_and_has_an_id(client: httpx.AsyncClient, path: str) -> None:
    first, second = await client.post(path), await client.post(path)
    assert first.headers["cache-control"] == "private, no-store"
    assert first.headers["vary"] == "Accept, Authorization"
    assert len(first.headers["x-request-id"]) == 32
    assert first.headers["x-request-id"] != second.headers["x-request-id"]


async def test_an_id_that_a_client_sends_is_not_taken(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    response = await client.post("/graphql", content=QUERY, headers=headers | {"x-request-id": "mine"})
    assert response.headers["x-request-id"] != "mine"


async def test_what_fails_before_execution_is_masked(
    client: httpx.AsyncClient, headers: dict[str, str], app: Starlette
) -> None:
    await app.state.service.pools.page.close()
    with capture_logs() as logs:
        response = await client.post("/graphql", content=QUERY, headers=headers)
    assert response.status_code == 500
    assert response.json() == {
        "errors": [
            {
                "message": "Unexpected error.",
                "extensions": {
                    "code": "INTERNAL_SERVER_ERROR",
                    "requestId": response.headers["x-request-id"],
                },
            }
        ]
    }
    assert [line["log_level"] for line in logs] == ["error", "info"]


@pytest.mark.parametrize("origins", [[], ["https://app.example"]])
async def test_other_origins_are_let_in_only_when_configured(
    settings: Settings, accounts: AccountIds, clock: Clock, headers: dict[str, str], origins: list[str]
) -> None:
    app = create_app(settings.model_copy(update={"cors_origins": tuple(origins)}), clock=clock)
    transport = httpx.ASGITransport(app)
    origin = {"Origin": "https://app.example"}
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://service") as client,
    ):
        preflight = await client.options("/graphql", headers=origin | asked)
        answer = await client.post("/graphql", content=QUERY, headers=headers | origin)
    allowed = "https://app.example" if origins else None
    assert preflight.headers.get("access-control-allow-origin") == allowed
    assert answer.headers.get("access-control-allow-origin") == allowed
    assert preflight.status_code == (200 if origins else 405)
    assert "access-control-allow-credentials" not in answer.headers


async def test_the_application_needs_a_database() -> None:
    app = create_app(Settings.model_validate({"DATABASE_URL": None}))
    with pytest.raises(ValueError, match="database URL"):
        async with app.router.lifespan_context(app):
            pass


async def test_what_is_not_http_passes_by(app: Starlette) -> None:
    received = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return next(received)

    async def send(message: Any) -> None:
        sent.append(message)

    with capture_logs() as logs:
        await app({"type": "lifespan"}, receive, send)
    assert [message["type"] for message in sent] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert logs == []


@pytest.fixture
async def by_get(
    settings: Settings, accounts: AccountIds, clock: Clock, headers: dict[str, str]
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application that allows GET."""
    app = create_app(settings.model_copy(update={"allow_get": True}), clock=clock)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    authorization = {"Authorization": headers["Authorization"], "Accept": "application/graphql-response+json"}
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://service", headers=authorization) as client,
    ):
        yield client


async def test_a_query_may_be_asked_by_get_where_that_is_allowed(by_get: httpx.AsyncClient) -> None:
    query = "query A($if: Boolean!) { viewer { role @include(if: $if) } } query B { viewer { id } }"
    asked = {"query": query, "operationName": "A", "variables": '{"if": true}', "extensions": "{}"}
    response = await by_get.get("/graphql", params=asked)
    assert (response.status_code, response.json()["data"]) == (200, DATA)
    refused = await by_get.put("/graphql")
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD, POST")


@pytest.mark.parametrize("query", ["mutation { __typename }", "subscription { __typename }"])
async def test_nothing_but_a_query_may_be_asked_by_get(by_get: httpx.AsyncClient, query: str) -> None:
    response = await by_get.get("/graphql", params={"query": query})
    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    assert codes(response) == ["BAD_REQUEST"]


@pytest.mark.parametrize(
    "parameters",
    [
        "",
        "query={viewer{role}}&query={viewer{id}}",
        "query=%ff",
        "query={viewer{role}}&variables=1",
        "query={viewer{role}}&variables={",
        "query={viewer{role}}&variables=" + "[" * 33 + "]" * 33,
        "query={viewer{role}}&variables={%22a%22:" + "1" * 21 + "}",
        "query={viewer{role}}&extensions=[]",
    ],
)
async def test_a_url_that_is_no_graphql_request_is_a_bad_request(by_get: httpx.AsyncClient, parameters: str) -> None:
    response = await by_get.get(f"/graphql?{parameters}")
    assert response.status_code == 400
    assert codes(response) == ["BAD_REQUEST"]
