"""Around every request: an id, the headers of every answer, a line in the log (no token, mail address, variable)."""

from dataclasses import dataclass, field
from secrets import token_hex
from time import perf_counter

import structlog
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graphql_api.audit_record import AuditRecord
from graphql_api.client_address import Address, client_address
from graphql_api.headers import mark_answer

# Asked every few seconds by whatever watches over the process.
PROBES = frozenset({"healthz", "readyz"})
AUDITED = frozenset({"graphql", "ingest_events"})

_ID_BYTES = 16

_log = structlog.get_logger()


@dataclass(slots=True)
class RequestRecord:
    """What the log says of a request; whoever answers it fills it in."""

    request_id: str
    client: Address | None
    status: int | None = None
    caller: str | None = None
    operation: str | None = None
    operation_type: str | None = None
    codes: tuple[str, ...] = ()
    limit: str | None = None
    audit: AuditRecord = field(default_factory=AuditRecord)


def record_of(request: Request) -> RequestRecord:
    """The record of a request."""
    record: RequestRecord = request.scope["state"]["record"]
    return record


class RequestLog:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, and write one line."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        record, started = RequestRecord(token_hex(_ID_BYTES), client_address(scope)), perf_counter()
        scope["state"] = scope.get("state", {}) | {"record": record}

        async def send_marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                record.status = message["status"]
                message["headers"] = headers = list(message.get("headers", ()))
                mark_answer(headers, record.request_id, over_tls=scope.get("scheme") == "https")
            await send(message)

        try:
            await self.app(scope, receive, send_marked)
        finally:
            seconds, endpoint = perf_counter() - started, endpoint_name(scope)
            _write(endpoint, record, seconds)
            if endpoint in AUDITED or record.limit:
                _count(scope, endpoint, record, seconds)


def _count(scope: Scope, endpoint: str | None, record: RequestRecord, seconds: float) -> None:
    service = scope["app"].state.service
    if record.limit:
        service.metrics.refused(record.limit)
    if endpoint == "graphql":
        service.metrics.request(record.operation_type, record.codes, seconds)
    if service.audit_log and endpoint in AUDITED:
        service.audit_log.write(record, seconds)


def endpoint_name(scope: Scope) -> str | None:
    # The endpoint's name rather than the path, which a client could fill with anything.
    return getattr(scope.get("endpoint"), "__name__", None)


def _write(endpoint: str | None, record: RequestRecord, seconds: float) -> None:
    write = _log.debug if endpoint in PROBES else _log.info
    write(
        "request",
        request_id=record.request_id,
        client=str(record.client) if record.client else None,
        endpoint=endpoint,
        status=record.status,
        operation=record.operation,
        caller=record.caller,
        milliseconds=round(seconds * 1000, 1),
        outcome=" ".join(sorted(set(record.codes))) if record.codes else "ok",
    )
