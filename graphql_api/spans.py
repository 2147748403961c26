"""Spans: one a request and one a statement, none a field. They hold no variable, no address and no text of a statement.

Where they go, and how many of them, OpenTelemetry's own variables say (OTEL_EXPORTER_OTLP_ENDPOINT and so on).
"""

import asyncio
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network
from time import time_ns

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.semconv.attributes.db_attributes import DB_SYSTEM_NAME
from opentelemetry.semconv.attributes.error_attributes import ERROR_TYPE
from opentelemetry.semconv.attributes.http_attributes import (
    HTTP_REQUEST_METHOD,
    HTTP_RESPONSE_STATUS_CODE,
    HTTP_ROUTE,
)
from opentelemetry.trace import Span, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from graphql_api.client_address import client_address
from graphql_api.errors import ErrorCode
from graphql_api.request_log import PROBES, RequestRecord, endpoint_name

# Semantic conventions without a stable name yet.
_OPERATION_NAME, _OPERATION_TYPE = "graphql.operation.name", "graphql.operation.type"
_POOL = "db.client.connection.pool.name"
_REQUEST_ID = "smtp_activity.request_id"

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"})
_OTHER_METHOD = "_OTHER"
_OUR_FAULTS = frozenset({ErrorCode.INTERNAL_SERVER_ERROR.value, ErrorCode.TIMEOUT.value})
_NANOSECONDS = 1_000_000_000


class Spans:
    """Makes spans and sends them, in batches, from a thread of its own.

    A trace that began elsewhere (`traceparent`, W3C Trace Context) goes on here when a trusted proxy says so: of a
    stranger it would be a way to write into other people's traces.
    """

    def __init__(self, proxies: Sequence[IPv4Network | IPv6Network]) -> None:
        resource = Resource.create({"service.name": "smtp-activity"}).merge(OTELResourceDetector().detect())
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("smtp-activity")
        self._proxies = proxies

    @property
    def middleware(self) -> Middleware:
        """A span for each request; around all others, because the peer's own address says whether a trace goes on."""
        return Middleware(SpanPerRequest, spans=self)

    async def close(self) -> None:
        """Send what is left."""
        await asyncio.to_thread(self._provider.shutdown)

    def statement(self, pool: str, seconds: float, failed: bool) -> None:
        """A statement of a pool has ended."""
        ended = time_ns()
        span = self._tracer.start_span(
            f"postgresql {pool}",
            kind=SpanKind.CLIENT,
            start_time=ended - round(seconds * _NANOSECONDS),
            attributes={DB_SYSTEM_NAME: "postgresql", _POOL: pool},
        )
        if failed:
            span.set_status(StatusCode.ERROR)
        span.end(ended)

    async def answer(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Let an application answer, within a span of its own."""
        method = scope["method"] if scope["method"] in _METHODS else _OTHER_METHOD
        with self._tracer.start_as_current_span(
            method,
            context=self._elsewhere(scope),
            kind=SpanKind.SERVER,
            attributes={HTTP_REQUEST_METHOD: method},
            # An exception's message may hold anything.
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            await app(scope, receive, send)
            if endpoint_name(scope) == "graphql":
                span.update_name(f"{method} /graphql")
                span.set_attribute(HTTP_ROUTE, "/graphql")
            _describe(span, scope["state"]["record"])

    def _elsewhere(self, scope: Scope) -> Context | None:
        """Where a trace goes on that began elsewhere; None for a new one."""
        address = client_address(scope)
        if address is None or not any(address in network for network in self._proxies):
            return None
        carrier = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        return TraceContextTextMapPropagator().extract(carrier)


class SpanPerRequest:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, spans: Spans) -> None:
        self.app = app
        self._spans = spans

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; what watches over the process leaves no spans."""
        if scope["type"] == "http" and scope["path"].strip("/") not in PROBES:
            await self._spans.answer(self.app, scope, receive, send)
        else:
            await self.app(scope, receive, send)


def _describe(span: Span, record: RequestRecord) -> None:
    span.set_attribute(_REQUEST_ID, record.request_id)
    if record.status is not None:
        span.set_attribute(HTTP_RESPONSE_STATUS_CODE, record.status)
    if record.operation:
        span.set_attribute(_OPERATION_NAME, record.operation)
    if record.operation_type:
        span.set_attribute(_OPERATION_TYPE, record.operation_type)
    if record.codes:
        span.set_attribute(ERROR_TYPE, record.codes[0])
    if _OUR_FAULTS.intersection(record.codes):
        span.set_status(StatusCode.ERROR)
