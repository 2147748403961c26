"""Counts: what plain Python counts in the same rows, in one statement, and no longer than they may take."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings

from auth.viewer import ReadableAccount
from database.counts import Counts, read_counts
from database.cursor import Direction
from database.errors import CountTookTooLong
from database.filters import ActivityFilter, Equals, Exclusion
from database.pool import Pools
from models.status import Status
from tests.conftest import NOW
from tests.database.activities import ACCOUNT, EVER, MONTREAL, ROWS, listed, record
from tests.database.test_page_filters import filters, one_condition
from tests.database.watched import watched_pools

STATUS_OF = {row.id: Status(row.status) for row in ROWS}


@pytest.fixture
async def filled(pools: Pools, connection: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch) -> Pools:
    """The pools of a database that holds ROWS, which are near in a short period, and not all in a long one."""
    monkeypatch.setattr("database.counts.NEAR_ROWS", 20)
    await record(connection, ROWS)
    return pools


async def counts_of(
    pools: Pools, asked: ActivityFilter, *, wants_statuses: bool = True, account: ReadableAccount = ACCOUNT
) -> Counts:
    """The counts, now and in Montréal."""
    return await read_counts(pools, account, asked, wants_statuses=wants_statuses, now=NOW, time_zone=MONTREAL)


# The rows are written once for all examples, which only read.
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(one_condition | filters)
async def test_counts_are_those_of_the_rows_that_are_listed(filled: Pools, asked: ActivityFilter) -> None:
    total = len(listed(ROWS, asked, Direction.ASC))
    of_any = replace(asked, status=None, exclude=replace(asked.exclude, status=None))
    by_status = Counter(STATUS_OF[id_] for id_ in listed(ROWS, of_any, Direction.ASC))
    assert await counts_of(filled, asked) == (total, {status: by_status[status] for status in Status})
    assert (await counts_of(filled, asked, wants_statuses=False)).total == total


@pytest.mark.parametrize("wants_statuses", [True, False])
@pytest.mark.parametrize(
    ("asked", "statements"),
    [
        (ActivityFilter(), 1),
        (ActivityFilter(status=frozenset({Status.DEFERRED}), exclude=Exclusion(status=frozenset(Status))), 1),
        (ActivityFilter(search="zoe"), 2),
        (ActivityFilter(recipient=Equals("zoe@example.com")), 1),
    ],
)
async def test_counting_takes_one_statement_planned_for_its_values_and_one_more_for_a_text(
    filled: Pools, database_url: str, asked: ActivityFilter, statements: int, wants_statuses: bool
) -> None:
    async with watched_pools(database_url) as (pools, sent):
        await counts_of(pools, asked, wants_statuses=wants_statuses)
    assert {statement.pool for statement in sent} == {"search"}
    selects = [statement for statement in sent if statement.sql.startswith("SELECT")]
    assert len(selects) == statements
    for select in selects:
        assert "WHERE smtp_activity.account_id = $1 AND" in select.sql
        assert select.arguments[0] == ACCOUNT


async def test_a_count_gives_up_in_time_and_leaves_its_connection_as_it_was(
    filled: Pools, database_url: str, connection: asyncpg.Connection
) -> None:
    asked = ActivityFilter(period=EVER)
    async with watched_pools(database_url) as (pools, _):
        hurried = replace(pools, count_timeout=timedelta(milliseconds=50))
        async with connection.transaction():
            await connection.execute("lock table smtp_activity in access exclusive mode")
            with pytest.raises(CountTookTooLong, match="in time"):
                await asyncio.wait_for(counts_of(hurried, asked), timeout=4)
        # It is the pool's only connection.
        assert await pools.search.fetchval("show statement_timeout") == "5s"
        assert (await counts_of(pools, asked)).total == len(listed(ROWS, asked, Direction.ASC))


async def test_waiting_for_a_connection_is_limited_as_well(filled: Pools, database_url: str) -> None:
    async with watched_pools(database_url) as (pools, _), pools.search.acquire():
        hurried = replace(pools, count_timeout=timedelta(milliseconds=50))
        with pytest.raises(CountTookTooLong):
            await asyncio.wait_for(counts_of(hurried, ActivityFilter()), timeout=4)
