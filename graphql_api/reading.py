"""An HTTP request in, what it asks out: from the body of a POST, or from the query of a GET's URL."""

from typing import Any
from urllib.parse import parse_qsl

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive

from graphql_api.cut import Within
from graphql_api.executor import GraphQLRequest
from graphql_api.json_text import check_json_text
from graphql_api.limits import Limits
from graphql_api.negotiation import is_json
from graphql_api.refusals import BadRequest, BodyTooLarge, BodyTooSlow, UnsupportedMediaType

# They ask for nothing but reading (RFC 9110 section 9.2.1), and have no body.
SAFE_METHODS = frozenset({"GET", "HEAD"})

_decoder = msgspec.json.Decoder(GraphQLRequest)


async def read_request(request: Request, limits: Limits) -> GraphQLRequest:
    """What is asked; raises BadRequest."""
    try:
        return _read_url(request, limits) if request.method in SAFE_METHODS else await _read_body(request, limits)
    except UnicodeDecodeError:
        raise BadRequest("The request is not UTF-8.") from None
    except msgspec.DecodeError as error:
        # msgspec says where and which type, never the value.
        raise BadRequest(f"This is not a GraphQL request: {error}.") from None


async def _read_body(request: Request, limits: Limits) -> GraphQLRequest:
    headers = dict(reversed(request.scope["headers"]))
    if not is_json(headers.get(b"content-type", b"").decode("latin-1")) or b"content-encoding" in headers:
        raise UnsupportedMediaType
    try:
        body = await Within(limits.body_timeout.total_seconds(), _body(request.receive, limits.body_bytes))
    except TimeoutError:
        raise BodyTooSlow(f"The body came too slowly: at most {limits.body_timeout.total_seconds():g} s.") from None
    except ClientDisconnect:
        raise BadRequest("The body ended early.") from None
    text = body.decode()
    check_json_text(text, limits)
    return _decoder.decode(text)


async def _body(receive: Receive, most: int) -> bytearray:
    body, follows = bytearray(), True
    while follows:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        follows = message.get("more_body", False)
        if len(body) > most:
            raise BodyTooLarge(f"The body is too large: at most {most} bytes.")
    return body


def _read_url(request: Request, limits: Limits) -> GraphQLRequest:
    query: bytes = request.scope["query_string"]
    pairs = parse_qsl(query.decode(), keep_blank_values=True, errors="strict")
    asked: dict[str, Any] = dict(pairs)
    if len(asked) < len(pairs):
        raise BadRequest("A parameter of the URL is given twice.")
    for name in ("variables", "extensions"):
        if name in asked:
            check_json_text(asked[name], limits)
            asked[name] = msgspec.json.decode(asked[name])
    return msgspec.convert(asked, GraphQLRequest)
