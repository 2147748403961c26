"""GraphQL over HTTP, POST only: who asks, what is asked, and the answer in the media type and status that suit it."""

from http import HTTPStatus
from typing import ClassVar

import msgspec
import orjson
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from auth.errors import Unauthenticated
from graphql_api.context import Context
from graphql_api.errors import ApiError, ErrorCode, public_error
from graphql_api.executor import Answer, GraphQLRequest
from graphql_api.limits import MAX_BODY_BYTES
from graphql_api.negotiation import JSON, is_json, negotiate
from graphql_api.request_log import record_of
from graphql_api.service import Service

_decoder = msgspec.json.Decoder(GraphQLRequest)


class BadRequest(ApiError):
    """The request is not GraphQL over HTTP."""

    code = ErrorCode.BAD_REQUEST
    status: ClassVar[HTTPStatus] = HTTPStatus.BAD_REQUEST


class NotAcceptable(BadRequest):
    """The answer is application/graphql-response+json or application/json: accept one of them."""

    status = HTTPStatus.NOT_ACCEPTABLE


class BodyTooLarge(BadRequest):
    """The body is too large."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class UnsupportedMediaType(BadRequest):
    """The body must be JSON in UTF-8, uncompressed: “Content-Type: application/json”."""

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE


async def graphql(request: Request) -> Response:
    """Answer a request; every refusal is JSON too, and what is unexpected is masked."""
    try:
        return await _answer(request)
    except Exception as error:
        return await refuse(request, error)


async def refuse(request: Request, error: Exception) -> Response:
    """An answer of errors only, for whatever kept a request from being executed."""
    record = record_of(request)
    status, headers = _status(error)
    if isinstance(error, HTTPException):
        error = BadRequest(f"{status} {status.phrase}.")
    message, extensions = public_error(error, record.request_id)
    record.codes = (extensions["code"],)
    body = orjson.dumps({"errors": [{"message": message, "extensions": extensions}]})
    media_type = _media_type(request) or JSON
    return _response(body, media_type, status, headers)


async def _answer(request: Request) -> Response:
    service: Service = request.app.state.service
    viewer = await service.authenticator.viewer(request.headers.getlist("authorization"))
    record = record_of(request)
    record.caller = viewer.subject
    media_type = _media_type(request)
    if media_type is None:
        raise NotAcceptable
    asked = await _read(request)
    context = Context(
        viewer=viewer,
        pools=service.pools,
        now=service.clock(),
        request_id=record.request_id,
        own_rules=service.own_rules,
        token_desk=service.token_desk,
    )
    answer = await service.executor.execute(asked, context)
    record.operation, record.codes, record.operation_type = answer.operation, answer.codes, answer.operation_type
    return _response(answer.body, media_type, _answer_status(answer, media_type), {})


async def _read(request: Request) -> GraphQLRequest:
    if not is_json(request.headers.get("content-type")) or "content-encoding" in request.headers:
        raise UnsupportedMediaType
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_BODY_BYTES:
                raise BodyTooLarge(f"The body is larger than {MAX_BODY_BYTES} bytes.")
        return _decoder.decode(body)
    except ClientDisconnect:
        raise BadRequest("The body ended early.") from None
    except UnicodeDecodeError:
        raise BadRequest("The body is not UTF-8.") from None
    except RecursionError:
        raise BadRequest("The body is nested too deeply.") from None
    except msgspec.DecodeError as error:
        # msgspec says where and which type, never the value.
        raise BadRequest(f"The body is not a GraphQL request: {error}.") from None


def _media_type(request: Request) -> str | None:
    return negotiate(", ".join(request.headers.getlist("accept")))


def _answer_status(answer: Answer, media_type: str) -> HTTPStatus:
    # Clients from before the media type of its own read a request error from a 200.
    return HTTPStatus.OK if answer.executed or media_type == JSON else HTTPStatus.BAD_REQUEST


def _status(error: Exception) -> tuple[HTTPStatus, dict[str, str]]:
    match error:
        case BadRequest():
            return error.status, {}
        case Unauthenticated():
            return HTTPStatus.UNAUTHORIZED, {"WWW-Authenticate": "Bearer"}
        case HTTPException():
            return HTTPStatus(error.status_code), dict(error.headers or {})
    return HTTPStatus.INTERNAL_SERVER_ERROR, {}


def _response(body: bytes, media_type: str, status: HTTPStatus, headers: dict[str, str]) -> Response:
    return Response(body, int(status), headers | {"Content-Type": f"{media_type}; charset=utf-8"})
