"""`SmtpActivity.events`: the history of a page's activities, in one statement however many rows."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from models.status import Status
from tests.graphql_api.conftest import AccountIds, Asker
from tests.graphql_api.rows import insert_activities, insert_activity, insert_event

SENT_AT = datetime(2026, 11, 23, 12, 30, 5, tzinfo=UTC)


async def events(asker: Asker, selection: str, arguments: str = "") -> list[dict[str, Any]]:
    """The events of the only activity."""
    data = await asker.data(f"{{ smtpActivities {{ nodes {{ events{arguments} {{ {selection} }} }} }} }}")
    (node,) = data["smtpActivities"]["nodes"]
    found: list[dict[str, Any]] = node["events"]
    return found


async def test_a_delivery_followed_by_a_late_bounce_shows_both(
    connection: asyncpg.Connection, accounts: AccountIds, regular: Asker
) -> None:
    id_ = await insert_activity(connection, accounts.northwind, SENT_AT, status="HARD_BOUNCE")
    late = SENT_AT + timedelta(hours=2)
    refusal = {"response": "550 5.1.1 No such user", "smtp_code": 550, "enhanced_code": "5.1.1"}
    await insert_event(
        connection,
        accounts.northwind,
        id_,
        late,
        "HARD_BOUNCE",
        out_of_band=True,
        reason_category="INVALID_ADDRESS",
        **refusal,
    )
    await insert_event(
        connection, accounts.northwind, id_, SENT_AT, "DELIVERED", remote_host="mx.example.com", response="250 OK"
    )
    selection = "occurredAt status reason { category message smtpCode enhancedCode } remoteHost response outOfBand"
    assert await events(regular, selection) == [
        {
            "occurredAt": "2026-11-23T07:30:05.000-05:00",
            "status": "DELIVERED",
            "reason": None,
            "remoteHost": "mx.example.com",
            "response": "250 OK",
            "outOfBand": False,
        },
        {
            "occurredAt": "2026-11-23T09:30:05.000-05:00",
            "status": "HARD_BOUNCE",
            "reason": {
                "category": "INVALID_ADDRESS",
                "message": "550 5.1.1 No such user",
                "smtpCode": 550,
                "enhancedCode": "5.1.1",
            },
            "remoteHost": None,
            "response": "550 5.1.1 No such user",
            "outOfBand": True,
        },
    ]


@pytest.mark.parametrize("status", Status)
async def test_there_is_a_reason_exactly_where_one_belongs(
    connection: asyncpg.Connection, accounts: AccountIds, regular: Asker, status: Status
) -> None:
    id_ = await insert_activity(connection, accounts.northwind, SENT_AT)
    await insert_event(connection, accounts.northwind, id_, SENT_AT, status, response="No.")
    with_reason = status in {"REJECTED", "DEFERRED", "SOFT_BOUNCE", "HARD_BOUNCE"}
    assert await events(regular, "reason { message }") == [{"reason": {"message": "No."} if with_reason else None}]


async def test_each_alias_has_its_own_number_of_the_latest(
    connection: asyncpg.Connection, accounts: AccountIds, regular: Asker, statements: list[str]
) -> None:
    id_ = await insert_activity(connection, accounts.northwind, SENT_AT, status="DEFERRED")
    for second in range(60):
        at = SENT_AT + timedelta(seconds=second)
        await insert_event(connection, accounts.northwind, id_, at, "DEFERRED", response=str(second))
    query = """
    query ($none: Int, $all: Int) {
      smtpActivities {
        nodes { one: events(last: 1) { response } default: events { response } none: events(last: $none) { status } }
        edges { node { all: events(last: $all) { response } } }
      }
    }
    """
    await regular.data(query, {"none": None, "all": 200})
    statements.clear()
    page = (await regular.data(query, {"none": None, "all": 200}))["smtpActivities"]
    assert len(statements) == 2
    (node,), (edge,) = page["nodes"], page["edges"]
    assert node["one"] == [{"response": "59"}]
    assert [event["response"] for event in node["default"]] == [str(second) for second in range(10, 60)]
    assert len(node["none"]) == 50
    assert [event["response"] for event in edge["node"]["all"]] == [str(second) for second in range(60)]


@pytest.mark.parametrize("last", [0, -1, 201])
async def test_a_number_out_of_bounds_is_told_the_bounds(
    connection: asyncpg.Connection, accounts: AccountIds, regular: Asker, last: int
) -> None:
    await insert_activities(connection, accounts.northwind, SENT_AT, 3)
    query = "query ($last: Int) { smtpActivities { nodes { events(last: $last) { status } } } }"
    error = await regular.error(query, {"last": last})
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "argumentPath": ["last"]}
    assert error["message"] == f"last must be from 1 to 200, not {last}."
    assert error["path"] == ["smtpActivities", "nodes", 0, "events"]


async def test_a_page_with_events_takes_two_statements_however_many_rows_it_has(
    connection: asyncpg.Connection, accounts: AccountIds, regular: Asker, statements: list[str]
) -> None:
    for place in range(100):
        at = SENT_AT - timedelta(minutes=place)
        id_ = await insert_activity(connection, accounts.northwind, at)
        await insert_event(connection, accounts.northwind, id_, at, "DELIVERED", response=str(place))
    query = "query ($first: Int) { smtpActivities(first: $first) { nodes { events { response } } } }"
    await regular.data(query, {"first": 1})
    for first in (1, 100):
        statements.clear()
        page = (await regular.data(query, {"first": first}))["smtpActivities"]
        assert len(statements) == 2
        assert [node["events"] for node in page["nodes"]] == [[{"response": str(place)}] for place in range(first)]


async def test_the_columns_of_events_are_not_read_of_their_activities(
    connection: asyncpg.Connection, accounts: AccountIds, regular: Asker, statements: list[str]
) -> None:
    await insert_activities(connection, accounts.northwind, SENT_AT, 1)
    query = "{ smtpActivities { nodes { relay events { reason { category } } } } }"
    await regular.data(query)
    statements.clear()
    await regular.data(query)
    of_activities, of_events = (statement.partition("\nFROM")[0].strip() for statement in statements)
    assert re.findall(r"smtp_activity\.(\w+)", of_activities) == ["id", "relay"]
    assert re.findall(r"event\.(\w+)", of_events) == ["activity_id", "reason_category", "status"]
