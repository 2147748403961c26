"""`totalCount` and `statusCounts`, pages from the end, and the conditions that leave out or lead to a message."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest
from starlette.applications import Starlette

from graphql_api.global_id import global_id
from graphql_api.settings import Settings
from models.status import Status
from tests.graphql_api.conftest import AccountIds, Asker, Tokens
from tests.graphql_api.rows import insert_activities, insert_activity

COUNTS = "totalCount statusCounts { status count }"


@pytest.fixture
async def three(connection: asyncpg.Connection, accounts: AccountIds, now: datetime) -> list[str]:
    """Three activities, newest first: two of one message long ago, one deferred now; their global ids."""
    long_ago, message = now - timedelta(days=50), {"message_key": "one", "status_changed_at": now}
    await insert_activity(connection, accounts.acme, now)
    ids = [
        await insert_activity(
            connection, accounts.northwind, now, status="DEFERRED", reason_category="RATE_LIMITED", subject=None
        ),
        *[
            await insert_activity(
                connection, accounts.northwind, long_ago, recipient=recipient, credential="shop", **message
            )
            for recipient in ("ana@ok.test", "ben@ok.test")
        ],
    ]
    return [global_id("SmtpActivity", str(id_)) for id_ in sorted(ids, reverse=True)]


async def found(asker: Asker, condition: str) -> list[str]:
    """The ids that a filter lists."""
    data = await asker.data(f"{{ smtpActivities(filter: {{{condition}}}) {{ nodes {{ id }} }} }}")
    return [node["id"] for node in data["smtpActivities"]["nodes"]]


LONG = "period: {lastDays: 100}"


@pytest.mark.parametrize(
    ("condition", "places"),
    [
        ("statusChanged: {lastDays: 1}", [0]),
        (LONG + " statusChanged: {lastDays: 1}", [0, 1, 2]),
        (LONG + ' statusChanged: {days: {from: "2026-11-01", to: "2026-11-22"}}', []),
        (LONG + " reasonCategory: RATE_LIMITED", [0]),
        (LONG + " reasonCategory: [OTHER]", []),
        (LONG + ' credential: ["shop", "nobody"]', [1, 2]),
        (LONG + " not: {status: DEFERRED}", [1, 2]),
        (LONG + " status: DELIVERED not: {status: [DEFERRED, DELIVERED]}", []),
        (LONG + " not: {reasonCategory: [RATE_LIMITED]}", [1, 2]),
        (LONG + ' not: {subject: {contains: "order"}}', [0]),
        (LONG + ' not: {recipient: {domain: "ok.test"}}', [0]),
        (LONG + ' not: {sender: {domain: "northwind.example"}}', []),
        (LONG + " not: null statusChanged: null reasonCategory: null credential: null sameMessageAs: null", [0, 1, 2]),
        (
            LONG + " not: {status: null recipient: null sender: null subject: null reasonCategory: null}",
            [0, 1, 2],
        ),
    ],
)
async def test_conditions_find_what_they_say(
    regular: Asker, three: list[str], condition: str, places: list[int]
) -> None:
    assert await found(regular, condition) == [three[place] for place in places]


async def test_the_recipients_of_a_message_are_found_from_one_of_them_whenever_it_was_sent(
    regular: Asker, three: list[str]
) -> None:
    assert await found(regular, f'sameMessageAs: "{three[1]}"') == three[1:]
    assert await found(regular, f'sameMessageAs: "{three[1]}" period: {{lastDays: 1}}') == three[1:]
    assert await found(regular, f'sameMessageAs: "{three[0]}"') == three[:1]
    assert await found(regular, f'sameMessageAs: "{three[1]}" recipient: {{contains: "nobody"}}') == []


async def test_another_accounts_message_an_unknown_and_a_malformed_one_are_the_same_empty_page(
    client: httpx.AsyncClient, regular: Asker, tokens: Tokens, three: list[str]
) -> None:
    acme = Asker(client, tokens.issue(account="acme"))
    assert await found(acme, f'sameMessageAs: "{three[1]}"') == []
    unknown = global_id("SmtpActivity", "01a1e094-9bb0-8867-a099-dc56dc63e42b")
    wrong_type = global_id("Account", "01a1e094-9bb0-8867-a099-dc56dc63e42b")
    for id_ in (unknown, wrong_type, "", "x", "é", "\\u0000", three[1] + "=", three[1].lower(), "5"):
        assert await found(regular, f'sameMessageAs: "{id_}"') == []


@pytest.mark.parametrize(
    ("condition", "path"),
    [
        ("statusChanged: {lastDays: 0}", ["statusChanged", "lastDays"]),
        ('statusChanged: {days: {from: "2026-11-02", to: "2026-11-01"}}', ["statusChanged", "days"]),
        ("reasonCategory: []", ["reasonCategory"]),
        ("credential: []", ["credential"]),
        ('credential: ["a", " "]', ["credential", "1"]),
        ('credential: ["\\u0000"]', ["credential", "0"]),
        ("not: {status: []}", ["not", "status"]),
        ("not: {reasonCategory: []}", ["not", "reasonCategory"]),
        ("not: {recipient: {in: []}}", ["not", "recipient", "in"]),
        ('not: {sender: {domain: "@a"}}', ["not", "sender", "domain"]),
        ('not: {subject: {contains: " "}}', ["not", "subject", "contains"]),
        ('not: {subject: {contains: "a", equals: "a"}}', ["not", "subject"]),
    ],
)
async def test_what_is_wrong_is_told_with_its_path(regular: Asker, condition: str, path: list[str]) -> None:
    error = await regular.error(f"{{ smtpActivities(filter: {{{condition}}}) {{ totalCount }} }}")
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "argumentPath": ["filter", *path]}


async def test_pages_from_the_end_keep_the_order(
    connection: asyncpg.Connection, accounts: AccountIds, regular: Asker, now: datetime
) -> None:
    await insert_activities(connection, accounts.northwind, now, 60)

    async def page(arguments: str) -> dict[str, Any]:
        selection = "nodes { id } pageInfo { startCursor hasPreviousPage hasNextPage }"
        data: dict[str, Any] = await regular.data(f"{{ smtpActivities{arguments} {{ {selection} }} }}")
        page: dict[str, Any] = data["smtpActivities"]
        return page

    everything = (await page("(first: 100)"))["nodes"]
    end = await page("(last: 2)")
    assert end["nodes"] == everything[-2:]
    assert (end["pageInfo"]["hasPreviousPage"], end["pageInfo"]["hasNextPage"]) == (True, False)
    before = await page(f'(last: 57, before: "{end["pageInfo"]["startCursor"]}")')
    assert before["nodes"] == everything[1:-2]
    assert (before["pageInfo"]["hasPreviousPage"], before["pageInfo"]["hasNextPage"]) == (True, True)
    assert (await page("(first: 5, last: 2)"))["nodes"] == everything[3:5]
    assert (await page("(last: null, before: null)"))["nodes"] == everything[:50]


@pytest.mark.parametrize("argument", ["last: 101", "last: -1", 'before: "x"'])
async def test_a_page_from_the_end_has_bounds_too(regular: Asker, argument: str) -> None:
    error = await regular.error(f"{{ smtpActivities({argument}) {{ nodes {{ id }} }} }}")
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "argumentPath": [argument.partition(":")[0]]}


async def test_counts_are_of_all_pages_and_list_every_status(regular: Asker, three: list[str]) -> None:
    query = f"{{ smtpActivities(first: 0, filter: {{{LONG} %s}}) {{ {COUNTS} nodes {{ id }} }} }}"
    by_status = [{"status": status.name, "count": {"DELIVERED": 2, "DEFERRED": 1}.get(status, 0)} for status in Status]
    for condition, total in (("", 3), ("status: DEFERRED", 1), ("not: {status: [DEFERRED]}", 2)):
        data = await regular.data(query % condition)
        assert data["smtpActivities"] == {"totalCount": total, "statusCounts": by_status, "nodes": []}


@pytest.mark.parametrize(
    ("selection", "pages", "counts"),
    [
        ("nodes { id }", 1, 0),
        ("nodes { id } totalCount @skip(if: true)", 1, 0),
        ("nodes { id } totalCount", 1, 1),
        ("nodes { id } a: totalCount b: totalCount " + COUNTS, 1, 1),
    ],
)
async def test_counts_cost_one_statement_and_only_when_asked(
    regular: Asker, app: Starlette, selection: str, pages: int, counts: int
) -> None:
    await regular.data("{ viewer { id } }")
    sent: list[str] = []

    def log(record: Any) -> None:
        sent.append(record.query)

    for pool in (app.state.service.pools.page, app.state.service.pools.search):
        async with pool.acquire() as connection:
            connection.add_query_logger(log)
    await regular.data(f"{{ smtpActivities {{ {selection} }} }}")
    selects = [query for query in sent if query.startswith("SELECT")]
    assert len([query for query in selects if "count(*)" not in query]) == pages
    assert len([query for query in selects if "count(*)" in query]) == counts
    assert len(sent) == pages + 4 * counts


# One row, 20,000 times more: counting them takes many times the millisecond that it is given below.
_MULTIPLY = """
insert into smtp_activity
select (jsonb_populate_record(null::smtp_activity, to_jsonb(row) || jsonb_build_object(
    'id', overlay(row.id::text placing lpad(to_hex(number), 12, '0') from 25)
))).*
from smtp_activity as row, generate_series(1, 20000) as number where row.id = $1
"""


async def test_a_count_that_takes_too_long_is_null_and_the_page_still_answers(
    connection: asyncpg.Connection,
    accounts: AccountIds,
    regular: Asker,
    settings: Settings,
    app: Starlette,
    now: datetime,
) -> None:
    await connection.execute(_MULTIPLY, await insert_activity(connection, accounts.northwind, now))
    service = app.state.service
    assert service.pools.count_timeout == settings.count_timeout
    app.state.service = replace(service, pools=replace(service.pools, count_timeout=timedelta(milliseconds=1)))
    response = await regular.response(f"{{ smtpActivities(first: 2) {{ nodes {{ relay }} a: totalCount {COUNTS} }} }}")
    assert response.status_code == 200
    answer = response.json()
    assert answer["data"]["smtpActivities"] == {
        "nodes": [{"relay": "relay1.example.net"}] * 2,
        "a": None,
        "totalCount": None,
        "statusCounts": None,
    }
    assert [(error["path"], error["extensions"]) for error in answer["errors"]] == [
        (["smtpActivities", field], {"code": "TIMEOUT"}) for field in ("a", "totalCount", "statusCounts")
    ]
    assert {error["message"] for error in answer["errors"]} == {
        "Counting took too long, so this has no number: ask for a shorter period. The rows themselves are not affected."
    }
