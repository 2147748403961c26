"""What keeps a request from being GraphQL over HTTP, each with its status and headers (RFC 9110, RFC 6585)."""

from http import HTTPStatus
from typing import ClassVar

from graphql_api.errors import ApiError, ErrorCode


class BadRequest(ApiError):
    """The request is not GraphQL over HTTP."""

    code = ErrorCode.BAD_REQUEST
    status: ClassVar[HTTPStatus] = HTTPStatus.BAD_REQUEST
    headers: ClassVar[dict[str, str]] = {}


class MutationByGet(BadRequest):
    """Only queries may be asked by GET: POST this."""

    status = HTTPStatus.METHOD_NOT_ALLOWED
    headers: ClassVar = {"Allow": "POST"}


class NotAcceptable(BadRequest):
    """The answer is application/graphql-response+json or application/json: accept one of them."""

    status = HTTPStatus.NOT_ACCEPTABLE


class BodyTooSlow(BadRequest):
    """The body did not come in time."""

    status = HTTPStatus.REQUEST_TIMEOUT
    limit = "body_timeout"
    # RFC 9110 section 15.5.9.
    headers: ClassVar = {"Connection": "close"}


class BodyTooLarge(BadRequest):
    """The body is too large."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    limit = "body_bytes"


class JsonTooDeep(BadRequest):
    """The JSON is nested too deeply."""

    limit = "json_depth"


class NumberTooLong(BadRequest):
    """A number in the JSON is too long."""

    limit = "digits"


class UrlTooLong(BadRequest):
    """The URL is too long."""

    status = HTTPStatus.REQUEST_URI_TOO_LONG
    limit = "url_bytes"


class UnsupportedMediaType(BadRequest):
    """The body must be JSON in UTF-8, uncompressed: “Content-Type: application/json”."""

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    headers: ClassVar = {"Accept": "application/json"}


class NotEvents(BadRequest):
    """The body must be events as NDJSON, plain or gzip: “Content-Type: application/x-ndjson”."""

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    headers: ClassVar = {"Accept": "application/x-ndjson", "Accept-Encoding": "gzip"}


class TooManyEvents(BodyTooLarge):
    """The events are too many for one request."""

    limit = "events_bytes"


class HeadersTooLarge(BadRequest):
    """The headers are too large."""

    status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
    limit = "header_bytes"
