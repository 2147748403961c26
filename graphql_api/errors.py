"""Errors as clients see them: each with a stable code. What is not expected is masked, and told to the log alone."""

from enum import StrEnum
from typing import Any, ClassVar, NamedTuple

import structlog
from graphql import GraphQLError

from auth.errors import AuthError
from auth.permissions import Permission
from database.errors import DatabaseRoomError, InvalidInput
from graphql_api.limits import MAX_MESSAGE_CHARACTERS
from graphql_api.stack import stack_of

# PostgreSQL's codes, as the driver's errors carry them: a statement ran out of time, a lock was not had in time.
_OUT_OF_TIME = frozenset({"57014", "55P03"})

_log = structlog.get_logger()


class ErrorCode(StrEnum):
    """The closed list of `extensions.code` so far; stable, unlike messages."""

    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    SMTP_PLAN_REQUIRED = "SMTP_PLAN_REQUIRED"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    OPERATION_RESOLUTION_FAILURE = "OPERATION_RESOLUTION_FAILURE"
    QUERY_TOO_COMPLEX = "QUERY_TOO_COMPLEX"
    RATE_LIMITED = "RATE_LIMITED"
    TIMEOUT = "TIMEOUT"
    PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
    PERSISTED_QUERY_REQUIRED = "PERSISTED_QUERY_REQUIRED"
    BAD_REQUEST = "BAD_REQUEST"
    INTERNAL_SERVER_ERROR = "INTERNAL_SERVER_ERROR"


# The rooms' errors have codes for operators, too.
_CODES = frozenset(ErrorCode)


class ApiError(Exception):
    """The request failed."""

    code: ClassVar[ErrorCode]
    limit: str | None = None
    """The setting that the request exceeds, if it is a limit."""

    def __str__(self) -> str:
        """What was given when raising, else the class's docstring."""
        return super().__str__() or (self.__class__.__doc__ or "")

    @property
    def details(self) -> dict[str, Any]:
        """What `extensions` says besides the code."""
        return {}


class MissingPermission(ApiError):
    """The caller lacks the permission that a field requires."""

    code = ErrorCode.FORBIDDEN

    def __init__(self, permission: Permission) -> None:
        super().__init__(f"This needs the permission “{permission.label}”.")
        self.permission = permission

    @property
    def details(self) -> dict[str, Any]:
        """The permission that is missing."""
        return {"requiredPermissions": [self.permission.value]}


class TookTooLong(ApiError):
    """This took too long: ask for a shorter period, or search for a longer or rarer text, of at least three letters."""

    code = ErrorCode.TIMEOUT


class CountingTookTooLong(ApiError):
    """Counting took too long, so this has no number: ask for a shorter period. The rows themselves are not affected."""

    code = ErrorCode.TIMEOUT


class UnexpectedError(ApiError):
    """Unexpected error."""

    code = ErrorCode.INTERNAL_SERVER_ERROR

    def __init__(self, request_id: str) -> None:
        super().__init__()
        self.request_id = request_id

    @property
    def details(self) -> dict[str, Any]:
        """What finds the error in the log."""
        return {"requestId": self.request_id}


class PublicError(NamedTuple):
    """What a client is told: a message for people, and `extensions` with a code for programs."""

    message: str
    extensions: dict[str, Any]


def public_error(cause: Exception, request_id: str) -> PublicError:
    """What may be told of an error; an unexpected one is logged and masked."""
    match cause:
        case ApiError():
            return _told(cause, cause.code, cause.details)
        case InvalidInput():
            return _told(cause, cause.code, {"argumentPath": list(cause.path)})
        case AuthError() | DatabaseRoomError() if cause.code in _CODES:
            return _told(cause, cause.code, {})
        case GraphQLError(extensions={"code": _}):
            return PublicError(_cut(cause.message), cause.extensions or {})
    if isinstance(cause, TimeoutError) or getattr(cause, "sqlstate", None) in _OUT_OF_TIME:
        return public_error(TookTooLong(), request_id)
    _log.error("unexpected error", request_id=request_id, error=type(cause).__name__, stack=stack_of(cause))
    return public_error(UnexpectedError(request_id), request_id)


def format_error(error: GraphQLError, request_id: str) -> dict[str, Any]:
    """An error of a GraphQL answer, as its `errors` lists it."""
    message, extensions = public_error(error.original_error or error, request_id)
    formatted: dict[str, Any] = {"message": message}
    if error.locations:
        formatted["locations"] = [location.formatted for location in error.locations]
    if error.path:
        formatted["path"] = error.path
    return formatted | {"extensions": extensions}


def _told(cause: Exception, code: str, details: dict[str, Any]) -> PublicError:
    return PublicError(_cut(str(cause)), {"code": str(code), **details})


def _cut(message: str) -> str:
    return message if len(message) <= MAX_MESSAGE_CHARACTERS else message[: MAX_MESSAGE_CHARACTERS - 1] + "…"
