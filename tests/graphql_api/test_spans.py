"""What OpenTelemetry is told: read from what a collector receives."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import asyncpg
import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from pydantic import ValidationError
from starlette.applications import Starlette

from graphql_api.settings import Settings
from models.clock import Clock
from tests.graphql_api.conftest import AccountIds, Asker, Tokens, serving
from tests.graphql_api.rows import insert_activity

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
TRACED = {"traceparent": f"00-{TRACE}-{PARENT}-01"}


class Collector(ThreadingHTTPServer):
    """Takes OTLP over HTTP, as OpenTelemetry's own collector does."""

    def __init__(self) -> None:
        self.received: list[ExportTraceServiceRequest] = []
        super().__init__(("127.0.0.1", 0), _Taking)

    @property
    def spans(self) -> list[Span]:
        """All spans so far."""
        return [
            span
            for request in self.received
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]


class _Taking(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append(ExportTraceServiceRequest.FromString(body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def collecting() -> Iterator[Collector]:
    with Collector() as collector:
        thread = Thread(target=collector.serve_forever)
        thread.start()
        try:
            yield collector
        finally:
            collector.shutdown()
            thread.join()


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    """Where the spans go, once the application has stopped."""
    with collecting() as collector:
        host, port = collector.server_address[:2]
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://{host!s}:{port}")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "none")
        yield collector


@pytest.fixture
def traced(settings: Settings) -> Settings:
    """Settings with spans."""
    return settings.model_copy(update={"telemetry": True})


def attributes(span: Span) -> dict[str, object]:
    """By name; whole numbers are int."""
    return {
        each.key: each.value.int_value if each.value.HasField("int_value") else each.value.string_value
        for each in span.attributes
    }


def only(spans: Sequence[Span], kind: "Span.SpanKind.ValueType") -> Span:
    (span,) = [span for span in spans if span.kind == kind]
    return span


@pytest.fixture
async def recipient(connection: asyncpg.Connection, accounts: AccountIds, clock: Clock) -> None:
    """An activity of northwind."""
    await insert_activity(connection, accounts.northwind, clock() - timedelta(hours=1), recipient="amelie@example.com")


QUERY = (
    "query Find($text: String!) { smtpActivities(filter: { search: $text }) { nodes { recipient events { status } } } }"
)


@pytest.mark.usefixtures("recipient")
async def test_a_request_and_each_statement_have_one_span(
    traced: Settings, clock: Clock, tokens: Tokens, collector: Collector
) -> None:
    async with serving(traced, clock) as (app, client):
        sent = await statements_of(app)
        response = await Asker(client, tokens.issue()).response(QUERY, {"text": "amelie@example.com"})
        await client.get("/healthz")
    assert response.json()["data"]["smtpActivities"]["nodes"][0]["recipient"] == "amelie@example.com"
    request = only(collector.spans, Span.SPAN_KIND_SERVER)
    assert request.name == "POST /graphql"
    assert attributes(request) == {
        "http.request.method": "POST",
        "http.route": "/graphql",
        "http.response.status_code": 200,
        "graphql.operation.name": "Find",
        "graphql.operation.type": "query",
        "smtp_activity.request_id": response.headers["x-request-id"],
    }
    within = [span for span in collector.spans if span.parent_span_id == request.span_id]
    assert len(within) == len(sent)
    assert {(span.kind, span.trace_id) for span in within} == {(Span.SPAN_KIND_CLIENT, request.trace_id)}
    assert all(attributes(span)["db.system.name"] == "postgresql" for span in within)
    everything = b"".join(request.SerializeToString() for request in collector.received)
    for private in (b"amelie", b"eyJ", b"select", b"SELECT"):
        assert private not in everything


async def statements_of(app: Starlette) -> list[str]:
    """The statements of requests, as they come."""
    sent: list[str] = []
    for pool in (app.state.service.pools.page, app.state.service.pools.search):
        async with pool.acquire() as connection:
            connection.add_query_logger(lambda record: sent.append(record.query))
    return sent


async def test_a_refusal_has_its_code_and_is_no_fault_of_the_service(
    traced: Settings, accounts: AccountIds, clock: Clock, collector: Collector
) -> None:
    async with serving(traced, clock) as (_, client):
        await Asker(client, None).response("{ viewer { id } }")
    refused = only(collector.spans, Span.SPAN_KIND_SERVER)
    assert attributes(refused)["error.type"] == "UNAUTHENTICATED"
    assert attributes(refused)["http.response.status_code"] == 401
    assert refused.status.code == Status.STATUS_CODE_UNSET


async def test_what_fails_is_marked_and_tells_nothing(
    traced: Settings,
    clock: Clock,
    tokens: Tokens,
    collector: Collector,
    connection: asyncpg.Connection,
    accounts: AccountIds,
) -> None:
    await connection.execute("alter table smtp_activity rename column relay to relais")
    try:
        async with serving(traced, clock) as (_, client):
            await Asker(client, tokens.issue()).response("{ smtpActivities { nodes { relay } } }")
    finally:
        await connection.execute("alter table smtp_activity rename column relais to relay")
    request = only(collector.spans, Span.SPAN_KIND_SERVER)
    assert attributes(request)["error.type"] == "INTERNAL_SERVER_ERROR"
    failed = [span for span in collector.spans if span.status.code == Status.STATUS_CODE_ERROR]
    assert {span.name for span in failed} == {"POST /graphql", "postgresql page"}
    assert b"relay" not in b"".join(request.SerializeToString() for request in collector.received)


@pytest.mark.parametrize(("proxies", "is_continued"), [(["10.0.0.0/8"], True), ([], False)])
async def test_a_trace_goes_on_when_a_trusted_proxy_sends_it(
    traced: Settings, accounts: AccountIds, clock: Clock, collector: Collector, proxies: list[str], is_continued: bool
) -> None:
    settings = Settings.model_validate(
        traced.model_dump() | {"DATABASE_URL": traced.database_url, "trusted_proxies": proxies}
    )
    async with serving(settings, clock) as (app, _):
        transport = httpx.ASGITransport(app, client=("10.1.2.3", 4711))
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
            await client.post("/graphql", headers=TRACED)
    request = only(collector.spans, Span.SPAN_KIND_SERVER)
    assert (request.trace_id.hex() == TRACE, request.parent_span_id.hex() == PARENT) == (is_continued, is_continued)


def test_without_the_extra_it_cannot_be_switched_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graphql_api.settings.find_spec", lambda name: None)
    with pytest.raises(ValidationError, match="the extra “telemetry”"):
        Settings.model_validate({"telemetry": True})
