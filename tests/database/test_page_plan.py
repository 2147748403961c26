"""What PostgreSQL does for a page among many rows: which indexes it reads, and how far; and for messages among them."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from msgspec.structs import replace

from database.counts import read_counts
from database.cursor import Direction, encode_cursor
from database.filters import ActivityFilter, AnyOf, Contains, Equals
from database.migrate import migrate
from database.near import NEAR_ROWS
from database.page import PageRequest
from database.partitions import ensure_months, months_between
from database.period import LastDays
from database.pool import connect
from database.rows import load_rows
from models.activity_id import first_id_at
from models.message_facts import MessageFacts
from models.status import Status
from tests.conftest import NOW, new_database
from tests.database.activities import ACCOUNT, MONTREAL, page_of
from tests.database.watched import Sent, watched_pools

# 24,000 rows of each of two accounts, six minutes between two: four months. One in 100 is pending, one in 20 went to
# the same address, and two were sent on by an alias.
_FILL = r"""
insert into smtp_activity (
    account_id, id, sent_at, status, status_changed_at, recipient, delivered_to, sender, envelope_sender, subject,
    message_key, queue_id, relay, attempt_count, classifier_version, search_text
)
select
    account_id,
    concat(lpad(to_hex(extract(epoch from at)::bigint * 1000), 12, '0'), '800', account_id, '8', repeat('0', 15))::uuid,
    at, case when number % 100 = 0 then 'PENDING' when number % 10 = 1 then 'HARD_BOUNCE' else 'DELIVERED' end, at,
    recipient, delivered_to, 'news@shop.example', 'news@shop.example', subject,
    number::text, concat('4f', number), 'relay1', 1, 1,
    concat(e'\t', recipient, e'\t' || delivered_to, e'\t\n\tnews@shop.example\t\n', lower(subject))
from (
    select
        account_id, number, $1::timestamptz - number * interval '6 minutes' as at,
        concat(case when number % 20 = 0 then 'everyday' else 'user' || number end, '@mx.test') as recipient,
        case when number % 10000 = 9999 then 'final@mx.test' end as delivered_to,
        concat(case when number % 5000 = 0 then 'Zanzibar ' end, 'Order ', number) as subject
    from generate_series(1, 2) as account_id, generate_series(1, 24000) as number
) as sent
"""
FOUR_MONTHS = LastDays(120)


@pytest.fixture(scope="module")
async def crowded_url(server_url: str) -> AsyncIterator[str]:
    """A database with many rows, which no test changes."""
    async with new_database(server_url, f"smtp_activity_crowded_{os.getpid()}") as url:
        await migrate(url, now=NOW)
        connection = await connect(url)
        await ensure_months(connection, months_between(NOW - timedelta(days=100), NOW))
        await connection.execute(_FILL, NOW)
        await connection.execute("vacuum (analyze) smtp_activity")
        await connection.close()
        yield url


class Scan(NamedTuple):
    """A scan that was run: the columns of its index (none: no index), and how many rows it gave or threw away."""

    by: str | None
    rows: int


async def sent_for(url: str, request: PageRequest, asked: ActivityFilter) -> list[Sent]:
    """The statements of a page, as they are sent."""
    async with watched_pools(url) as (pools, sent):
        await page_of(pools, request, asked)
    return sent


async def scans_of(url: str, statement: Sent, mode: str) -> list[Scan]:
    """What is really read for a statement that is planned in this mode."""
    values = ", ".join(map(literal, statement.arguments))
    connection = await connect(url)
    await connection.execute(f"set plan_cache_mode = {mode}")
    await connection.execute(f"prepare page as {statement.sql}")
    explained = await connection.fetchval(f"explain (analyze, format json) execute page({values})")
    definitions = await connection.fetch("select indexrelid::regclass::text, pg_get_indexdef(indexrelid) from pg_index")
    await connection.close()
    indexes = {name: definition.split(" USING ")[1] for name, definition in definitions}
    return [
        Scan(
            indexes[node["Index Name"]] if "Index Name" in node else None,
            round(node["Actual Rows"] * node["Actual Loops"]) + node.get("Rows Removed by Filter", 0),
        )
        for node in nodes(json.loads(explained)[0]["Plan"])
        if node["Node Type"].endswith("Scan") and node["Node Type"] != "Subquery Scan"
    ]


def literal(value: object) -> str:
    """A statement's argument, as SQL."""
    if isinstance(value, list | tuple):
        return f"array[{', '.join(map(literal, value))}]"
    return "'{}'".format(str(value).replace("'", "''"))


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A plan's nodes, all of them."""
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


GENERIC, CUSTOM = "force_generic_plan", "force_custom_plan"
BY_ID, BY_STATUS = "btree (account_id, id)", "btree (account_id, status, id)"
BY_TEXT = "gin (account_id, search_text gin_trgm_ops)"
BY_RECIPIENT = "btree (account_id, hashtextextended(split_part(search_text, chr(9), 2), (0)::bigint), id)"
BY_DELIVERED_TO = (
    "btree (account_id, hashtextextended(split_part(search_text, chr(9), 3), (0)::bigint), id)"
    " WHERE (delivered_to IS NOT NULL)"
)
MIDDLE = encode_cursor(Direction.DESC, first_id_at(NOW - timedelta(days=45)))
FIRST_50 = PageRequest(frozenset({"subject"}), first=50, wants_next=True)


async def test_a_page_reads_its_own_rows_in_the_order_of_the_primary_key_and_no_more(crowded_url: str) -> None:
    last_50 = PageRequest(frozenset({"subject"}), last=50, wants_previous=True)
    for request in (FIRST_50, last_50, replace(FIRST_50, direction=Direction.ASC), replace(FIRST_50, after=MIDDLE)):
        (statement,) = await sent_for(crowded_url, request, ActivityFilter(period=FOUR_MONTHS))
        for mode in (GENERIC, CUSTOM):
            scans = [scan for scan in await scans_of(crowded_url, statement, mode) if scan.rows]
            assert scans == [Scan(BY_ID, 51)]


async def test_looking_beyond_a_cursor_reads_one_row(crowded_url: str) -> None:
    request = replace(FIRST_50, after=MIDDLE, wants_previous=True)
    _, probe = await sent_for(crowded_url, request, ActivityFilter(period=FOUR_MONTHS))
    for mode in (GENERIC, CUSTOM):
        assert sum(scan.rows for scan in await scans_of(crowded_url, probe, mode)) == 1


async def test_each_status_is_walked_by_itself_and_only_as_far_as_the_page_reaches(crowded_url: str) -> None:
    statuses = frozenset({Status.PENDING, Status.HARD_BOUNCE})
    (statement,) = await sent_for(crowded_url, FIRST_50, ActivityFilter(period=FOUR_MONTHS, status=statuses))
    for mode in (GENERIC, CUSTOM):
        scans = await scans_of(crowded_url, statement, mode)
        assert {scan.by for scan in scans if scan.rows} == {BY_STATUS}
        assert sum(scan.rows for scan in scans) <= 2 * 51


async def test_a_rare_text_is_looked_for_among_few_rows_and_then_by_the_trigram_index(crowded_url: str) -> None:
    beyond, near, far = await sent_for(crowded_url, FIRST_50, ActivityFilter(period=FOUR_MONTHS, search="ZANZIBAR"))
    assert (beyond.pool, near.pool, far.pool) == ("page", "page", "search")
    for statement in (beyond, near):
        scans = await scans_of(crowded_url, statement, GENERIC)
        assert {scan.by for scan in scans if scan.rows} == {BY_ID}
        assert sum(scan.rows for scan in scans) <= NEAR_ROWS + 1
    scans = [scan for scan in await scans_of(crowded_url, far, CUSTOM) if scan.rows]
    assert {scan.by for scan in scans} == {BY_TEXT, None}
    # The account's four, of which one is near and left out; what the other account wrote is not read.
    assert sum(scan.rows for scan in scans if scan.by is None) == 4


async def test_a_common_text_is_found_among_few_rows(crowded_url: str) -> None:
    _, near = await sent_for(crowded_url, FIRST_50, ActivityFilter(period=FOUR_MONTHS, search="order"))
    scans = [scan for scan in await scans_of(crowded_url, near, GENERIC) if scan.rows]
    assert scans == [Scan(BY_ID, 51)]


async def test_a_text_of_a_short_period_is_looked_for_without_the_trigram_index(crowded_url: str) -> None:
    sent = await sent_for(crowded_url, FIRST_50, ActivityFilter(period=LastDays(7), search="ZANZIBAR"))
    assert [statement.pool for statement in sent] == ["page", "page"]


async def test_a_count_reads_the_index_alone(crowded_url: str) -> None:
    async with watched_pools(crowded_url) as (pools, sent):
        asked = ActivityFilter(period=FOUR_MONTHS)
        await read_counts(pools, ACCOUNT, asked, wants_statuses=True, now=NOW, time_zone=MONTREAL)
    (statement,) = [statement for statement in sent if statement.sql.startswith("SELECT")]
    assert {scan.by for scan in await scans_of(crowded_url, statement, CUSTOM) if scan.rows} == {BY_STATUS}


async def test_a_queue_id_is_found_by_its_index_also_among_statuses(crowded_url: str) -> None:
    asked = ActivityFilter(period=FOUR_MONTHS, queue_id="4f12345", status=frozenset({Status.DELIVERED, Status.PENDING}))
    (statement,) = await sent_for(crowded_url, FIRST_50, asked)
    assert statement.pool == "search"
    scans = await scans_of(crowded_url, statement, CUSTOM)
    assert [scan.by for scan in scans if scan.rows] == ["btree (account_id, queue_id)"]


async def test_a_whole_address_is_found_by_its_index_in_the_order_of_the_page(crowded_url: str) -> None:
    address = Equals("User23456@mx.test")
    statuses = frozenset({Status.DELIVERED, Status.PENDING})
    for request in (FIRST_50, replace(FIRST_50, direction=Direction.ASC), replace(FIRST_50, after=MIDDLE)):
        for asked in (
            ActivityFilter(period=FOUR_MONTHS, recipient=address),
            ActivityFilter(period=FOUR_MONTHS, recipient=address, status=statuses),
        ):
            (statement,) = await sent_for(crowded_url, request, asked)
            assert statement.pool == "page"
            for mode in (GENERIC, CUSTOM):
                scans = [scan for scan in await scans_of(crowded_url, statement, mode) if scan.by and scan.rows]
                assert scans == [Scan(BY_RECIPIENT, 1)]


async def test_one_statement_serves_any_number_of_addresses(crowded_url: str) -> None:
    one = ActivityFilter(period=FOUR_MONTHS, recipient=Equals("user7@mx.test"))
    twenty = ActivityFilter(period=FOUR_MONTHS, recipient=AnyOf(tuple(f"user{number}@mx.test" for number in range(20))))
    (for_one,), (for_twenty,) = [await sent_for(crowded_url, FIRST_50, asked) for asked in (one, twenty)]
    assert for_one.sql == for_twenty.sql


async def test_a_whole_address_of_many_rows_is_read_no_further_than_the_page_reaches(crowded_url: str) -> None:
    asked = ActivityFilter(period=FOUR_MONTHS, recipient=Equals("everyday@mx.test"))
    (statement,) = await sent_for(crowded_url, FIRST_50, asked)
    scans = [scan for scan in await scans_of(crowded_url, statement, GENERIC) if scan.by and scan.rows]
    assert scans == [Scan(BY_RECIPIENT, 51)]


async def test_the_address_that_an_alias_sent_it_to_is_found_by_an_index_of_such_rows_alone(crowded_url: str) -> None:
    asked = ActivityFilter(period=FOUR_MONTHS, recipient=Equals("final@mx.test"))
    (statement,) = await sent_for(crowded_url, FIRST_50, asked)
    for mode in (GENERIC, CUSTOM):
        scans = [scan for scan in await scans_of(crowded_url, statement, mode) if scan.by and scan.rows]
        assert scans == [Scan(BY_DELIVERED_TO, 1)] * 2


async def test_a_count_of_a_whole_address_is_found_by_its_index(crowded_url: str) -> None:
    async with watched_pools(crowded_url) as (pools, sent):
        asked = ActivityFilter(period=FOUR_MONTHS, recipient=Equals("user23456@mx.test"))
        counts = await read_counts(pools, ACCOUNT, asked, wants_statuses=True, now=NOW, time_zone=MONTREAL)
    assert counts.total == 1
    (statement,) = [statement for statement in sent if statement.sql.startswith("SELECT")]
    scans = [scan for scan in await scans_of(crowded_url, statement, CUSTOM) if scan.rows]
    assert {scan.by for scan in scans} == {BY_RECIPIENT, None}
    # The address is read for each of the two indexes, the row by its index and then itself.
    assert sum(scan.rows for scan in scans) == 4


async def test_the_trigram_index_is_asked_for_the_rare_piece_of_a_text(crowded_url: str) -> None:
    for asked in (
        ActivityFilter(period=FOUR_MONTHS, search="user23456@mx.test"),
        ActivityFilter(period=FOUR_MONTHS, recipient=Contains("user23456@mx.test")),
    ):
        *_, counted, far = await sent_for(crowded_url, FIRST_50, asked)
        assert (counted.pool, far.pool) == ("page", "search")
        assert counted.arguments[0] == ["user23", "r23456", "test"]
        scans = [scan for scan in await scans_of(crowded_url, counted, GENERIC) if scan.by and scan.rows]
        assert scans == [Scan(BY_ID, 1_000)]
        assert "%r23456%" in far.arguments
        assert "%test%" not in far.arguments
        scans = [scan for scan in await scans_of(crowded_url, far, CUSTOM) if scan.rows]
        assert {scan.by for scan in scans} == {BY_TEXT, None}


async def test_the_rows_of_many_messages_are_looked_for_one_by_one(crowded_url: str) -> None:
    messages = [
        MessageFacts("relay1", "", f"4f{number}", NOW - number * timedelta(minutes=6)) for number in range(1000)
    ]
    for facts in messages:
        facts.account_id = 1
    sent: list[Any] = []
    connection = await connect(crowded_url)
    connection.add_query_logger(sent.append)
    await load_rows(connection, b"of a test", messages)
    await asyncio.sleep(0)  # until the driver has told
    *_, statement = sent  # after what the driver asks of types
    explained = await connection.fetchval(f"explain (analyze, format json) {statement.query}", *statement.args)
    await connection.close()
    read = [
        node for node in nodes(json.loads(explained)[0]["Plan"]) if "Relation Name" in node and node["Actual Loops"]
    ]
    # By ranges of ids, of which a few hold a row of another message.
    assert {node.get("Index Cond", "").count("id >=") for node in read} == {1}
    assert sum(node["Actual Loops"] for node in read) <= 2 * len(messages)
    assert sum(node.get("Rows Removed by Filter", 0) * node["Actual Loops"] for node in read) < len(messages)
