"""`smtpActivities`: what a row shows, how pages follow one another, and that no more is read than was asked."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest

from graphql_api.global_id import global_id
from models.status import Status
from tests.graphql_api.conftest import AccountIds, Asker, Tokens
from tests.graphql_api.rows import insert_activities, insert_activity

SENT_AT = datetime(2026, 11, 23, 12, 30, 5, tzinfo=UTC)
EVERYTHING = """
id sentAt status statusChangedAt recipient deliveredTo sender envelopeSender subject
reason { category responsibility message smtpCode enhancedCode }
attemptCount messageId queueId relay credential
"""


async def nodes(asker: Asker, selection: str, arguments: str = "") -> list[dict[str, Any]]:
    """The nodes of a page."""
    data = await asker.data(f"{{ smtpActivities{arguments} {{ nodes {{ {selection} }} }} }}")
    found: list[dict[str, Any]] = data["smtpActivities"]["nodes"]
    return found


async def test_a_row_shows_all_its_columns(
    connection: asyncpg.Connection, accounts: AccountIds, regular: Asker
) -> None:
    id_ = await insert_activity(
        connection,
        accounts.northwind,
        SENT_AT,
        status="HARD_BOUNCE",
        status_changed_at=SENT_AT + timedelta(seconds=2),
        recipient="Amelie@Example.com",
        delivered_to="amelie@mx.example.com",
        sender="shop@northwind.example",
        envelope_sender="",
        subject="Réservation",
        queue_id="4dFm1x0",
        message_id="1@northwind.example",
        relay="relay1.example.net",
        credential="northwind@relay1.example.net",
        attempt_count=3,
        reason_category="INVALID_ADDRESS",
        reason_message="550 5.1.1 No such user",
        smtp_code=550,
        enhanced_code="5.1.1",
    )
    assert await nodes(regular, EVERYTHING) == [
        {
            "id": global_id("SmtpActivity", str(id_)),
            "sentAt": "2026-11-23T07:30:05.000-05:00",
            "status": "HARD_BOUNCE",
            "statusChangedAt": "2026-11-23T07:30:07.000-05:00",
            "recipient": "Amelie@Example.com",
            "deliveredTo": "amelie@mx.example.com",
            "sender": "shop@northwind.example",
            "envelopeSender": "",
            "subject": "Réservation",
            "reason": {
                "category": "INVALID_ADDRESS",
                "responsibility": "RECIPIENT",
                "message": "550 5.1.1 No such user",
                "smtpCode": 550,
                "enhancedCode": "5.1.1",
            },
            "attemptCount": 3,
            "messageId": "1@northwind.example",
            "queueId": "4dFm1x0",
            "relay": "relay1.example.net",
            "credential": "northwind@relay1.example.net",
        }
    ]


@pytest.mark.parametrize("status", Status)
async def test_there_is_a_reason_exactly_where_one_belongs(
    connection: asyncpg.Connection, accounts: AccountIds, regular: Asker, status: Status
) -> None:
    # A message is stored for each, so that it is the status that decides.
    await insert_activity(connection, accounts.northwind, SENT_AT, status=status, reason_message="No.")
    with_reason = status in {"REJECTED", "DEFERRED", "SOFT_BOUNCE", "HARD_BOUNCE"}
    assert await nodes(regular, "reason { message }") == [{"reason": {"message": "No."} if with_reason else None}]


async def test_a_reason_that_nobody_gave_cannot_be_told(
    connection: asyncpg.Connection, accounts: AccountIds, regular: Asker
) -> None:
    await insert_activity(connection, accounts.northwind, SENT_AT, status="SOFT_BOUNCE")
    assert await nodes(regular, "reason { category message smtpCode enhancedCode }") == [
        {"reason": {"category": "OTHER", "message": "", "smtpCode": None, "enhancedCode": None}}
    ]


async def test_times_have_the_accounts_offset_at_each_instant(
    connection: asyncpg.Connection, accounts: AccountIds, regular: Asker
) -> None:
    # Clocks in Toronto went back on 2026-11-01 at 06:00 UTC.
    for sent_at in (datetime(2026, 11, 1, 5, 59, 59, tzinfo=UTC), datetime(2026, 11, 1, 6, 0, 0, tzinfo=UTC)):
        await insert_activity(connection, accounts.northwind, sent_at)
    assert await nodes(regular, "sentAt statusChangedAt") == [
        {"sentAt": "2026-11-01T01:00:00.000-05:00", "statusChangedAt": "2026-11-01T01:00:00.000-05:00"},
        {"sentAt": "2026-11-01T01:59:59.000-04:00", "statusChangedAt": "2026-11-01T01:59:59.000-04:00"},
    ]


async def test_pages_follow_one_another_without_gap_or_repetition(
    connection: asyncpg.Connection, accounts: AccountIds, regular: Asker, now: datetime
) -> None:
    await insert_activities(connection, accounts.northwind, now - timedelta(minutes=1), 7)
    query = """
    query ($after: String) {
      smtpActivities(first: 3, after: $after) {
        edges { cursor node { id sentAt } }
        nodes { id }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      }
    }
    """
    seen, after, ends = [], None, []
    for _ in range(3):
        page = (await regular.data(query, {"after": after}))["smtpActivities"]
        assert [edge["node"]["id"] for edge in page["edges"]] == [node["id"] for node in page["nodes"]]
        assert page["edges"][0]["cursor"] == page["pageInfo"]["startCursor"]
        assert page["edges"][-1]["cursor"] == page["pageInfo"]["endCursor"]
        seen += [edge["node"]["sentAt"] for edge in page["edges"]]
        ends.append((page["pageInfo"]["hasPreviousPage"], page["pageInfo"]["hasNextPage"]))
        after = page["pageInfo"]["endCursor"]
    assert len(set(seen)) == 7
    assert seen == sorted(seen, reverse=True)
    assert ends == [(False, True), (True, True), (True, False)]


async def test_the_order_can_be_turned_round(
    connection: asyncpg.Connection, accounts: AccountIds, regular: Asker, now: datetime
) -> None:
    await insert_activities(connection, accounts.northwind, now, 3)
    newest_first = await nodes(regular, "id")
    assert await nodes(regular, "id", "(orderBy: {field: SENT_AT, direction: ASC})") == newest_first[::-1]


async def test_an_empty_page_has_no_cursors(regular: Asker) -> None:
    data = await regular.data(
        "{ smtpActivities { nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"
    )
    assert data["smtpActivities"] == {
        "nodes": [],
        "pageInfo": {"hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": None},
    }


async def test_a_page_has_50_rows_by_default_and_100_at_most(
    connection: asyncpg.Connection, accounts: AccountIds, regular: Asker, now: datetime
) -> None:
    await insert_activities(connection, accounts.northwind, now, 101)
    assert len(await nodes(regular, "id")) == 50
    assert len(await nodes(regular, "id", "(first: null)")) == 50
    assert len(await nodes(regular, "id", "(first: 100)")) == 100
    assert await nodes(regular, "id", "(first: 0)") == []


@pytest.mark.parametrize(
    "arguments",
    [
        "(filter: null)",
        "(after: null)",
        "(orderBy: null)",
        "(filter: {period: null, status: null, recipient: null, sender: null, subject: null, search: null})",
        "(filter: {messageId: null, queueId: null})",
    ],
)
async def test_an_explicit_null_is_the_same_as_not_given(
    connection: asyncpg.Connection, accounts: AccountIds, regular: Asker, now: datetime, arguments: str
) -> None:
    await insert_activities(connection, accounts.northwind, now, 2)
    assert await nodes(regular, "id", arguments) == await nodes(regular, "id")


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ('{recipient: {contains: "AMÉLIE"}}', {"one"}),
        ('{recipient: {equals: "amelie@example.com"}}', {"one"}),
        ('{recipient: {in: ["amelie@example.com", "bruno@example.org"]}}', {"one", "two"}),
        ('{recipient: {domain: "example.org"}}', {"two"}),
        ('{sender: {contains: "news"}}', {"three"}),
        ('{sender: {domain: "northwind.example"}}', {"one", "two", "three"}),
        ('{subject: {contains: "reservation"}}', {"one"}),
        ('{subject: {equals: "100% cotton"}}', {"two"}),
        ('{subject: {contains: "%"}}', {"two"}),
        ('{search: "reservation"}', {"one"}),
        ('{messageId: "<1@northwind.example>"}', {"one"}),
        ('{messageId: "1@northwind.example"}', {"one"}),
        ('{queueId: "4dFm1x0"}', {"two"}),
        ("{status: DEFERRED}", {"three"}),
        ("{status: [DEFERRED, DELIVERED]}", {"one", "two", "three"}),
        ("{period: {lastDays: 1}}", {"one"}),
        ('{period: {days: {from: "2026-11-21", to: "2026-11-21"}}}', {"two"}),
        (
            '{period: {instants: {from: "2026-11-21T00:00:00Z", to: "2026-11-23T12:00:00Z"}}}',
            {"two", "three"},
        ),
        ('{recipient: {domain: "example.com"}, status: DEFERRED}', {"three"}),
        ('{recipient: {domain: "example.com"}, status: REJECTED}', set()),
    ],
)
async def test_conditions_find_what_they_say(
    connection: asyncpg.Connection, accounts: AccountIds, regular: Asker, now: datetime, condition: str, found: set[str]
) -> None:
    day = timedelta(days=1)
    for credential, sent_at, columns in (
        (
            "one",
            now - timedelta(hours=1),
            {"recipient": "amelie@example.com", "subject": "Réservation", "message_id": "1@northwind.example"},
        ),
        (
            "two",
            now - 2 * day,
            {"recipient": "bruno@example.org", "subject": "100% cotton", "queue_id": "4dFm1x0"},
        ),
        (
            "three",
            now - 1 * day - timedelta(hours=1),
            {"recipient": "clara@example.com", "sender": "news@northwind.example", "status": "DEFERRED"},
        ),
    ):
        await insert_activity(connection, accounts.northwind, sent_at, credential=credential, **columns)
    rows = await nodes(regular, "credential", f"(filter: {condition})")
    assert {row["credential"] for row in rows} == found


@pytest.mark.parametrize("selection", [EVERYTHING, "id", "__typename", "reason { category }"])
async def test_a_page_takes_one_statement_however_many_rows_it_has(
    connection: asyncpg.Connection,
    accounts: AccountIds,
    regular: Asker,
    now: datetime,
    statements: list[str],
    selection: str,
) -> None:
    await insert_activities(connection, accounts.northwind, now, 100)
    counts = []
    for first in (1, 100):
        await regular.data("{ viewer { id } }")
        statements.clear()
        page = f"edges {{ cursor node {{ {selection} }} }} nodes {{ {selection} }} pageInfo {{ hasNextPage }}"
        await regular.data(f"{{ smtpActivities(first: {first}) {{ {page} }} }}")
        counts.append(len(statements))
    assert counts == [1, 1]


@pytest.mark.parametrize(
    ("selection", "columns"),
    [
        ("nodes { recipient }", {"id", "recipient"}),
        ("nodes { sentAt reason { category } }", {"id", "sent_at", "status", "reason_category"}),
        ("nodes { statusExplanation }", {"id", "status"}),
        ("nodes { reason { responsibility } }", {"id", "status", "reason_category"}),
        ("nodes { reason { explanation(language: FR) } }", {"id", "status", "reason_category", "reason_message"}),
        ("nodes { __typename }", {"id"}),
        ("edges { cursor }", {"id"}),
        ("pageInfo { hasNextPage }", {"id"}),
        ("edges { node { a: subject b: subject } } nodes { relay }", {"id", "subject", "relay"}),
        ("nodes { subject @skip(if: true) relay @include(if: true) sender @include(if: false) }", {"id", "relay"}),
        (
            "nodes { ...F } } } fragment F on SmtpActivity { queueId ... on Node { id } ... { relay",
            {"id", "queue_id", "relay"},
        ),
        ("nodes { ... on Node { ... on Viewer { role } ... on SmtpActivity { credential } } }", {"id", "credential"}),
        ("nodes { ...F @skip(if: true) } } } fragment F on SmtpActivity { ... { queueId", {"id"}),
    ],
)
async def test_only_the_columns_that_the_selection_needs_are_read(
    regular: Asker, statements: list[str], selection: str, columns: set[str]
) -> None:
    await regular.data("{ viewer { id } }")
    statements.clear()
    await regular.data(f"{{ smtpActivities {{ {selection} }} }}")
    (statement,) = statements
    selected, _, _ = statement.removeprefix("SELECT ").partition("\nFROM")
    assert set(re.findall(r"smtp_activity\.(\w+)", selected)) == columns


async def test_a_variable_can_leave_a_column_out(regular: Asker, statements: list[str]) -> None:
    query = "query ($with: Boolean!) { smtpActivities { nodes { relay subject @include(if: $with) } } }"
    await regular.data("{ viewer { id } }")
    for with_, read in ((False, False), (True, True)):
        statements.clear()
        await regular.data(query, {"with": with_})
        assert ("subject" in statements[0].partition("FROM")[0]) is read


async def test_an_alias_asks_a_second_page(
    connection: asyncpg.Connection, accounts: AccountIds, regular: Asker, now: datetime
) -> None:
    await insert_activities(connection, accounts.northwind, now, 2)
    data = await regular.data(
        "{ newest: smtpActivities(first: 1) { nodes { id } }"
        " oldest: smtpActivities(first: 1, orderBy: {field: SENT_AT, direction: ASC}) { nodes { id } } }"
    )
    assert data["newest"] != data["oldest"]


async def test_introspection_says_of_which_inputs_one_field_is_given(regular: Asker) -> None:
    data = await regular.data(
        '{ one: __type(name: "PeriodInput") { isOneOf } all: __type(name: "DayRange") { isOneOf } }'
    )
    assert data == {"one": {"isOneOf": True}, "all": {"isOneOf": False}}


async def test_another_callers_zone_is_its_own(
    connection: asyncpg.Connection, accounts: AccountIds, client: httpx.AsyncClient, tokens: Tokens
) -> None:
    await insert_activity(connection, accounts.acme, SENT_AT)
    paris = Asker(client, tokens.issue(account="acme"))
    assert await nodes(paris, "sentAt") == [{"sentAt": "2026-11-23T13:30:05.000+01:00"}]
