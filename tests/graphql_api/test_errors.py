"""What GraphQL errors tell: a code, the place in the arguments, no suggestion, and nothing of the inside."""

import asyncio
import json
import re
from typing import Any
from unittest.mock import patch

import asyncpg
import pytest
from starlette.applications import Starlette
from structlog.testing import capture_logs

from graphql_api.arguments import bad_user_input
from graphql_api.errors import public_error
from graphql_api.settings import Settings
from tests.graphql_api.conftest import AccountIds, Asker

FILTERED = "query ($filter: SmtpActivityFilter) { smtpActivities(filter: $filter) { nodes { id } } }"


def literal(value: Any) -> str:
    """A JSON value as a GraphQL literal; an upper-case text is an enum value."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {literal(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(literal, value)) + "]"
    is_enum_value = isinstance(value, str) and re.fullmatch("[A-Z_]+", value)
    return str(value) if is_enum_value else json.dumps(value)


def days(first: object, last: object) -> dict[str, Any]:
    """A filter by days."""
    return {"period": {"days": {"from": first, "to": last}}}


def instants(start: object, end: object) -> dict[str, Any]:
    """A filter by instants."""
    return {"period": {"instants": {"from": start, "to": end}}}


@pytest.mark.parametrize(
    ("filter_", "path"),
    [
        # What the scalars and the types refuse.
        (instants("2026-11-23T12:30:00", "2026-11-24T00:00:00Z"), ["period", "instants", "from"]),
        (instants("2026-11-23T12:30:00Z", "2026-11-24"), ["period", "instants", "to"]),
        (instants("2026-11-23T24:00:00Z", "2026-11-24T00:00:00Z"), ["period", "instants", "from"]),
        (instants(0, "2026-11-24T00:00:00Z"), ["period", "instants", "from"]),
        (days("2026-11-23T00:00:00Z", "2026-11-24"), ["period", "days", "from"]),
        (days("2026-11-22", "2026-W48-1"), ["period", "days", "to"]),
        (days("2026-11-22", None), ["period", "days", "to"]),
        ({"period": {"days": {"from": "2026-11-22"}}}, ["period", "days"]),
        ({"period": {"lastDays": 1.5}}, ["period", "lastDays"]),
        ({"period": {"lastDays": 2**31}}, ["period", "lastDays"]),
        ({"status": ["DELIVERED", "LOST"]}, ["status", 1]),
        ({"status": [None]}, ["status", 0]),
        ({"search": 5}, ["search"]),
        ({"recipient": "amelie"}, ["recipient"]),
        # @oneOf.
        ({"period": {}}, ["period"]),
        ({"period": {"lastDays": 1, "days": {"from": "2026-11-22", "to": "2026-11-22"}}}, ["period"]),
        ({"period": {"lastDays": None}}, ["period", "lastDays"]),
        ({"recipient": {"contains": "a", "domain": "example.com"}}, ["recipient"]),
        ({"recipient": {"contains": "a", "domain": None}}, ["recipient"]),
        ({"subject": {"contains": None}}, ["subject", "contains"]),
        # What the database room refuses.
        ({"status": []}, ["status"]),
        ({"recipient": {"contains": " "}}, ["recipient", "contains"]),
        ({"recipient": {"in": []}}, ["recipient", "in"]),
        ({"sender": {"equals": ""}}, ["sender", "equals"]),
        ({"subject": {"contains": "a\0b"}}, ["subject", "contains"]),
        ({"search": ""}, ["search"]),
        ({"search": "x" * 201}, ["search"]),
        ({"messageId": ""}, ["messageId"]),
        ({"queueId": " "}, ["queueId"]),
        ({"period": {"lastDays": 0}}, ["period", "lastDays"]),
        ({"period": {"lastDays": 401}}, ["period", "lastDays"]),
        (days("2026-11-24", "2026-11-23"), ["period", "days"]),
        (instants("2026-11-24T00:00:00Z", "2026-11-23T00:00:00Z"), ["period", "instants"]),
    ],
)
async def test_bad_input_is_named_alike_in_a_literal_and_in_a_variable(
    regular: Asker, filter_: dict[str, Any], path: list[str | int]
) -> None:
    query = f"{{ smtpActivities(filter: {literal(filter_)}) {{ nodes {{ id }} }} }}"
    expected = {"code": "BAD_USER_INPUT", "argumentPath": ["filter", *path]}
    in_literal, in_variable = await regular.error(query), await regular.error(FILTERED, {"filter": filter_})
    assert [in_literal["extensions"], in_variable["extensions"]] == [expected, expected]


@pytest.mark.parametrize(
    ("query", "variables", "path"),
    [
        ("query ($d: DateTime!) { P(filter: {period: {instants: {from: $d, to: $d}}}) }", {"d": "x"}, "from"),
        ('query ($d: DateTime = "x") { P(filter: {period: {instants: {from: $d, to: $d}}}) }', {}, "from"),
        ("query ($d: Date!) { P(filter: {period: {days: {from: $d, to: $d}}}) }", {}, "from"),
        ("query ($n: Int) { P(first: $n) }", {"n": "1"}, "first"),
        ("query ($n: Int) { P(first: $n) }", {"n": 101}, "first"),
        ("query ($n: Int) { P(first: $n) }", {"n": -1}, "first"),
        ("query ($n: Int) { P(first: $n) }", {"n": 10**19}, "first"),
        ("query ($c: String) { P(after: $c) }", {"c": "abc"}, "after"),
        ("query ($c: String) { P(after: $c) }", {"c": "\0"}, "after"),
        ("query ($c: String) { P(after: $c) }", {"c": 1}, "after"),
        ("query ($w: Boolean!) { P @include(if: $w) }", {"w": "yes"}, "if"),
        # Legal by type, since the variable has a default; the null comes at execution.
        ("query ($d: OrderDirection = ASC) { P(orderBy: {field: SENT_AT, direction: $d}) }", {"d": None}, "direction"),
    ],
)
async def test_the_path_is_that_of_the_variables_first_use(
    regular: Asker, query: str, variables: dict[str, Any], path: str
) -> None:
    page = r"smtpActivities\1 { nodes { id } } }"
    error = await regular.error(re.sub(r"P(.*) }$", page, query), variables)
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert error["extensions"]["argumentPath"][-1] == path
    assert "locations" in error


@pytest.mark.parametrize(("first", "bound"), [(-1, "100"), (101, "100")])
async def test_a_page_size_out_of_bounds_is_told_the_bounds(regular: Asker, first: int, bound: str) -> None:
    error = await regular.error(f"{{ smtpActivities(first: {first}) {{ nodes {{ id }} }} }}")
    assert bound in error["message"]
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "argumentPath": ["first"]}


async def test_a_cursor_of_the_other_order_is_refused(regular: Asker, connection: asyncpg.Connection) -> None:
    error = await regular.error('{ smtpActivities(after: "AQEAAAAAAAAAAAAAAAAAAAAA", orderBy: null) { nodes { id } } }')
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "argumentPath": ["after"]}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("", "GRAPHQL_PARSE_FAILED"),
        ("{" * 5_000, "GRAPHQL_PARSE_FAILED"),
        ('{ viewer { id(x: "\\uD800") } }', "GRAPHQL_PARSE_FAILED"),
        ("{ " + "a " * 2_000 + "}", "QUERY_TOO_COMPLEX"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ viewer }", "GRAPHQL_VALIDATION_FAILED"),
        ("query ($x: Nothing) { viewer { id } }", "GRAPHQL_VALIDATION_FAILED"),
        ("mutation { viewer { id } }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { viewer { id } }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ viewer { ...F } } fragment F on Viewer { ...F }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ smtpActivities(final: 5) { nodes { id } } }", "GRAPHQL_VALIDATION_FAILED"),
        (
            "query ($c: String) { smtpActivities(filter: {subject: {contains: $c}}) { nodes { id } } }",
            "GRAPHQL_VALIDATION_FAILED",
        ),
        ("fragment F on Viewer { id }", "GRAPHQL_VALIDATION_FAILED"),
        ("type X { id: ID }", "GRAPHQL_VALIDATION_FAILED"),
        ("query A { viewer { id } } query B { viewer { id } }", "OPERATION_RESOLUTION_FAILURE"),
    ],
)
async def test_a_document_that_cannot_be_executed_has_no_data(regular: Asker, query: str, code: str) -> None:
    response = await regular.response(query)
    assert response.status_code == 400
    assert response.json().keys() == {"errors"}
    assert {error["extensions"]["code"] for error in response.json()["errors"]} == {code}


async def test_the_operation_that_is_named_is_executed(regular: Asker) -> None:
    document = "query A { viewer { role } } query B { viewer { actor } }"
    response = await regular.response(document, operationName="B")
    assert response.json()["data"] == {"viewer": {"actor": None}}
    assert "errors" not in response.json()
    for name in ("C", ""):
        assert (await regular.error(document, operationName=name))["extensions"]["code"] == (
            "OPERATION_RESOLUTION_FAILURE"
        )


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("{ viewr { id } }", {}),
        ("{ viewer { ids } }", {}),
        ("{ smtpActivities(frist: 1) { nodes { id } } }", {}),
        ("{ smtpActivities(filter: {recipent: null}) { nodes { id } } }", {}),
        ("{ smtpActivities(filter: {status: DELIVRED}) { nodes { id } } }", {}),
        ("query ($f: SmtpActivityFiltr) { smtpActivities(filter: $f) { nodes { id } } }", {}),
        ("{ viewer { ... on Viewr { id } } }", {}),
        ("{ viewer { id @skp(if: true) } }", {}),
        (FILTERED, {"filter": {"recipent": {"contains": "a"}}}),
        (FILTERED, {"filter": {"status": "DELIVRED"}}),
    ],
)
async def test_nothing_is_suggested(regular: Asker, query: str, variables: dict[str, Any]) -> None:
    response = await regular.response(query, variables)
    assert response.status_code == 400
    assert "mean" not in response.text


async def test_what_a_variable_without_a_value_leaves_out_is_no_error(regular: Asker) -> None:
    query = "query ($n: Int, $c: String = null) { smtpActivities(first: $n, after: $c) { nodes { id } } }"
    assert await regular.data(query, {}) == {"smtpActivities": {"nodes": []}}
    error = await regular.error(query, {"c": 1})
    assert error["extensions"]["argumentPath"] == ["after"]


async def test_few_errors_are_told_and_each_in_short(regular: Asker) -> None:
    errors = (await regular.response("{ " + " ".join(f"x{n}" for n in range(20)) + " }")).json()["errors"]
    assert len(errors) == 5
    assert len((await regular.error(FILTERED, {"filter": {"status": "x" * 1_000}}))["message"]) == 300


async def test_few_errors_of_an_execution_are_told(regular: Asker) -> None:
    failing = " ".join(f'x{n}: smtpActivities(after: "no cursor") {{ nodes {{ id }} }}' for n in range(10))
    assert len((await regular.response(f"{{ {failing} }}")).json()["errors"]) == 5


async def test_what_is_unexpected_is_masked_and_told_to_the_log_without_its_message(
    connection: asyncpg.Connection, regular: Asker
) -> None:
    await connection.execute("alter table smtp_activity rename column relay to relais")
    try:
        with capture_logs() as logs:
            response = await regular.response("{ viewer { role } smtpActivities { nodes { relay } } }")
    finally:
        await connection.execute("alter table smtp_activity rename column relais to relay")
    (error,) = response.json()["errors"]
    request_id = response.headers["x-request-id"]
    assert response.status_code == 200
    assert response.json()["data"] == {"viewer": {"role": "REGULAR"}, "smtpActivities": None}
    assert error["message"] == "Unexpected error."
    assert error["extensions"] == {"code": "INTERNAL_SERVER_ERROR", "requestId": request_id}
    unexpected, request = logs
    assert unexpected["request_id"] == request["request_id"] == request_id
    assert unexpected["error"] == "UndefinedColumnError"
    assert "in read_page" in unexpected["stack"]
    assert "does not exist" not in str(logs)


async def test_the_causes_of_what_is_unexpected_are_in_the_log_too() -> None:
    address, token = "amelie@example.com", "eyJhbGciOi"
    try:
        try:
            raise KeyError(address)
        except KeyError as cause:
            raise RuntimeError(token) from cause
    except RuntimeError as error:
        with capture_logs() as logs:
            told = public_error(error, "42")
    assert told.extensions == {"code": "INTERNAL_SERVER_ERROR", "requestId": "42"}
    (line,) = logs
    assert line["stack"].index("builtins.KeyError") < line["stack"].index("builtins.RuntimeError")
    assert address not in str(line)
    assert token not in str(line)


async def test_a_statement_that_runs_out_of_time_is_a_timeout(
    settings: Settings, connection: asyncpg.Connection, accounts: AccountIds, regular: Asker, app: Starlette
) -> None:
    for pool in (app.state.service.pools.page, app.state.service.pools.search):
        async with pool.acquire() as pooled:
            await pooled.execute("set statement_timeout to '50ms'")
    async with connection.transaction():
        await connection.execute("lock table smtp_activity in access exclusive mode")
        error = await asyncio.wait_for(regular.error("{ smtpActivities { nodes { id } } }"), timeout=5)
    assert error["extensions"] == {"code": "TIMEOUT"}
    assert error["path"] == ["smtpActivities"]


async def test_of_a_list_of_wrong_values_a_few_are_looked_at(regular: Asker) -> None:
    with patch("graphql_api.arguments.bad_user_input", wraps=bad_user_input) as looked_at:
        response = await regular.response(FILTERED, {"filter": {"status": [0] * 30_000}})
    assert [error["extensions"]["argumentPath"] for error in response.json()["errors"]] == [
        ["filter", "status", number] for number in range(5)
    ]
    assert looked_at.call_count == 5


@pytest.mark.parametrize(
    "query",
    [
        "{ %s }",
        "{ viewer { id @%s } }",
        "query ($%s: Int!) { viewer { id } }",
        'query ($a: Int = "x") { viewer(%s: $a) { id } }',
        "{ smtpActivities(filter: {%s: 1}) { nodes { id } } }",
        "{ smtpActivities(filter: {status: %s}) { nodes { id } } }",
        '{ smtpActivities(after: "%s") { nodes { id } } }',
        '{ smtpActivities(filter: {sender: "%s"}) { nodes { id } } }',
    ],
)
async def test_long_input_does_not_come_back(regular: Asker, query: str) -> None:
    response = await regular.response(query % ("x" * 50_000))
    assert "errors" in response.json()
    assert len(response.content) < 2_000
