"""The closed list of codes: whatever the rooms raise, and whatever PostgreSQL answers, ends as one of them."""

import asyncio
from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages

import asyncpg
import pytest
from structlog.testing import capture_logs

import auth
import database
import graphql_api
from auth.errors import AuthError
from auth.permissions import Permission
from database.errors import DatabaseRoomError
from graphql_api.errors import ApiError, public_error
from tests.graphql_api.conftest import Asker
from tests.graphql_api.test_limits import waiting

CODES = {
    *("UNAUTHENTICATED", "FORBIDDEN", "SMTP_PLAN_REQUIRED", "BAD_USER_INPUT", "BAD_REQUEST"),
    *("GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "OPERATION_RESOLUTION_FAILURE", "QUERY_TOO_COMPLEX"),
    *("RATE_LIMITED", "TIMEOUT", "INTERNAL_SERVER_ERROR", "PERSISTED_QUERY_NOT_FOUND", "PERSISTED_QUERY_REQUIRED"),
}
# What operators are told by the command line, and clients are not.
OPERATORS = {
    *("AccountExists", "NameTaken", "SyncRefused", "UnknownAccount", "CannotIssue", "UnusableKey", "DatabaseUnusable"),
    *("DatabaseRoomError", "SourceBusy", "KeysUnavailable", "UnknownToken", "MaintenanceBusy", "MonthInUse"),
}
SECRET = "amelie@example.com"


def errors_of_the_rooms() -> Iterator[type[Exception]]:
    """Every class of error, wherever in its room it stands."""
    for room in (auth, database, graphql_api):
        for module in walk_packages(room.__path__, f"{room.__name__}."):
            import_module(module.name)
    pending: list[type[Exception]] = [AuthError, DatabaseRoomError, *ApiError.__subclasses__()]
    while pending:
        error = pending.pop()
        pending += error.__subclasses__()
        yield error


def made(kind: type[Exception]) -> Exception:
    """An error of a kind, however its constructor looks."""
    error = kind.__new__(kind, SECRET)
    error.__dict__ |= {"path": ("filter",), "request_id": "42", "permission": Permission.ACCESS_SMTP_ACTIVITIES}
    error.__dict__ |= {"retry_after_seconds": 1}
    return error


@pytest.mark.parametrize("kind", sorted(errors_of_the_rooms(), key=str))
def test_every_error_of_the_rooms_has_a_code_of_the_list_or_is_masked(kind: type[Exception]) -> None:
    told = public_error(made(kind), "42")
    assert told.extensions["code"] in CODES
    assert told.message == ("Unexpected error." if kind.__name__ in OPERATORS else SECRET)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (asyncpg.QueryCanceledError, "TIMEOUT"),
        (asyncpg.LockNotAvailableError, "TIMEOUT"),
        (TimeoutError, "TIMEOUT"),
        (asyncpg.ConnectionDoesNotExistError, "INTERNAL_SERVER_ERROR"),
        (asyncpg.ConnectionFailureError, "INTERNAL_SERVER_ERROR"),
        (asyncpg.AdminShutdownError, "INTERNAL_SERVER_ERROR"),
        (asyncpg.CrashShutdownError, "INTERNAL_SERVER_ERROR"),
        (asyncpg.CannotConnectNowError, "INTERNAL_SERVER_ERROR"),
        (asyncpg.TooManyConnectionsError, "INTERNAL_SERVER_ERROR"),
        (asyncpg.ReadOnlySQLTransactionError, "INTERNAL_SERVER_ERROR"),
        (asyncpg.InterfaceError, "INTERNAL_SERVER_ERROR"),
        (asyncpg.InsufficientPrivilegeError, "INTERNAL_SERVER_ERROR"),
        (asyncpg.UndefinedTableError, "INTERNAL_SERVER_ERROR"),
        (asyncpg.SerializationError, "INTERNAL_SERVER_ERROR"),
        (asyncpg.DeadlockDetectedError, "INTERNAL_SERVER_ERROR"),
        (asyncpg.DiskFullError, "INTERNAL_SERVER_ERROR"),
        (asyncpg.CharacterNotInRepertoireError, "INTERNAL_SERVER_ERROR"),
        (ConnectionRefusedError, "INTERNAL_SERVER_ERROR"),
        (ConnectionResetError, "INTERNAL_SERVER_ERROR"),
    ],
)
def test_every_kind_of_failure_of_postgresql_has_its_code_and_tells_nothing(error: type[Exception], code: str) -> None:
    with capture_logs() as logs:
        told = public_error(error(SECRET), "42")
    assert told.extensions["code"] == code
    assert SECRET not in told.message
    assert SECRET not in str(logs)
    assert [line["error"] for line in logs] == ([] if code == "TIMEOUT" else [error.__name__])


ACTIVITIES = "{ smtpActivities { nodes { id } } }"
# Who waits for the lock, not the session's other pools.
_TERMINATE_WAITING = "select pg_terminate_backend(pid) from pg_locks where not granted"


async def test_connections_that_were_lost_are_an_internal_error_and_the_next_request_has_new_ones(
    regular: Asker, connection: asyncpg.Connection
) -> None:
    assert await regular.data(ACTIVITIES) == {"smtpActivities": {"nodes": []}}
    async with connection.transaction():
        await connection.execute("lock table smtp_activity in access exclusive mode")
        asked = asyncio.create_task(regular.error(ACTIVITIES))
        await waiting(connection, 1)
        await connection.execute(_TERMINATE_WAITING)
        error = await asked
    assert error["message"] == "Unexpected error."
    assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert await regular.data(ACTIVITIES) == {"smtpActivities": {"nodes": []}}
