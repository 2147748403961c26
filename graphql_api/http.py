"""GraphQL over HTTP: who asks, what is asked, and the answer in the media type and status that suit it."""

from collections.abc import Mapping
from http import HTTPStatus

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from auth.errors import Forbidden, KeysUnavailable, Unauthenticated
from graphql_api.budget import RateLimited
from graphql_api.context import Context
from graphql_api.counts import CountsUnavailable
from graphql_api.disconnect import while_connected
from graphql_api.errors import ApiError, public_error
from graphql_api.executor import Answer, NotAQuery
from graphql_api.negotiation import GRAPHQL_RESPONSE, JSON, negotiate
from graphql_api.reading import SAFE_METHODS, read_request
from graphql_api.recording import RecordingUnavailable
from graphql_api.refusals import BadRequest, MutationByGet, NotAcceptable
from graphql_api.request_log import record_of
from graphql_api.service import Service

_OK, _BAD_REQUEST = HTTPStatus.OK.value, HTTPStatus.BAD_REQUEST.value
_CONTENT_TYPES = {each: f"{each}; charset=utf-8".encode() for each in (JSON, GRAPHQL_RESPONSE)}
# What the service itself waits for (RFC 9110 section 10.2.3): keys are asked for every ten seconds at most.
_COME_BACK = {"Retry-After": "10"}


class GraphQL:
    """The endpoint, an ASGI application: every refusal is JSON too, and what is unexpected is masked."""

    __name__ = "graphql"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        request = Request(scope, receive)
        try:
            status, media_type, body = await _answer(request)
        except Exception as error:
            refusal = await refuse(request, error)
            await refusal(scope, receive, send)
            return
        headers = [(b"content-type", _CONTENT_TYPES[media_type]), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


async def refuse(request: Request, error: Exception) -> Response:
    """An answer of errors only, for whatever kept a request from being executed."""
    record = record_of(request)
    status, headers = _status(error)
    if isinstance(error, HTTPException):
        error = BadRequest(f"{status} {status.phrase}.")
    message, extensions = public_error(error, record.request_id)
    record.codes = (extensions["code"],)
    record.limit = error.limit if isinstance(error, ApiError) else None
    body = orjson.dumps({"errors": [{"message": message, "extensions": extensions}]})
    media_type = _media_type(request) or JSON
    return Response(body, int(status), headers | {"Content-Type": _CONTENT_TYPES[media_type].decode()})


async def _answer(request: Request) -> tuple[int, str, bytes]:
    """Status, media type and body."""
    service: Service = request.app.state.service
    record = record_of(request)
    with service.failed_authentications.of(record.client):
        viewer = await service.authenticator.viewer(_values(request, b"authorization"))
    record.caller = viewer.subject
    record.audit.viewer = viewer
    media_type = _media_type(request)
    if media_type is None:
        raise NotAcceptable
    asked = await read_request(request, service.limits)
    context = Context(
        viewer=viewer,
        pools=service.pools,
        now=service.clock(),
        request_id=record.request_id,
        own_rules=service.own_rules,
        token_desk=service.token_desk,
        audit=record.audit,
    )
    work = service.executor.execute(asked, context, queries_only=request.method in SAFE_METHODS)
    try:
        answer = await while_connected(request.receive, work)
    except NotAQuery:
        raise MutationByGet from None
    except ClientDisconnect:
        raise BadRequest("The client went away.") from None
    record.operation, record.codes, record.operation_type = answer.operation, answer.codes, answer.operation_type
    record.limit = answer.limit
    return _answer_status(answer, media_type), media_type, answer.body


def _media_type(request: Request) -> str | None:
    return negotiate(", ".join(_values(request, b"accept")))


def _values(request: Request, name: bytes) -> list[str]:
    """The values of all headers of this name."""
    return [value.decode("latin-1") for each, value in request.scope["headers"] if each == name]


def _answer_status(answer: Answer, media_type: str) -> int:
    # Clients from before the media type of its own read a request error from a 200.
    return _OK if answer.executed or media_type == JSON else _BAD_REQUEST


def _status(error: Exception) -> tuple[HTTPStatus, dict[str, str]]:
    match error:
        case BadRequest():
            return error.status, error.headers
        case Unauthenticated():
            return HTTPStatus.UNAUTHORIZED, {"WWW-Authenticate": "Bearer"}
        case Forbidden():
            return HTTPStatus.FORBIDDEN, {}
        case RateLimited():
            return HTTPStatus.TOO_MANY_REQUESTS, {"Retry-After": str(error.retry_after_seconds)}
        case KeysUnavailable() | CountsUnavailable() | RecordingUnavailable():
            return HTTPStatus.SERVICE_UNAVAILABLE, _COME_BACK
        case HTTPException():
            return HTTPStatus(error.status_code), _in_order(error.headers or {})
    return HTTPStatus.INTERNAL_SERVER_ERROR, {}


def _in_order(headers: Mapping[str, str]) -> dict[str, str]:
    # Starlette lists the methods that are allowed in whatever order its set has.
    return {name: ", ".join(sorted(value.split(", "))) for name, value in headers.items()}
