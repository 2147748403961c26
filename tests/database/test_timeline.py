"""What activities went through: the latest events in the order of a history, each account's own, from few months."""

import asyncio
import random
from collections.abc import Iterable
from datetime import timedelta

import asyncpg
import pytest

from database.errors import InvalidInput
from database.partitions import ensure_months, months_between
from database.pool import Pools
from database.timeline import read_events
from models.activity_row import ActivityRow, EventRow, event_row
from models.classifier import BUILT_IN
from models.projection import MessageTimes, RecipientEvent, project
from models.status import Status
from tests.conftest import NOW
from tests.database.activities import ACCOUNT, NEIGHBOUR, activity
from tests.database.explained import tables_read
from tests.database.watched import watched_pools

SHOWN = frozenset({"occurred_at", "status", "response"})
ONE = activity(NOW - timedelta(hours=1), key="one")
OTHER = activity(NOW - timedelta(hours=2), key="other")


def deferrals(row: ActivityRow, number: int) -> list[EventRow]:
    """So many, a minute between two, and told apart by their answers."""
    return [
        event_row(
            row,
            RecipientEvent(row.sent_at + timedelta(minutes=each), Status.DEFERRED, "mx.test", f"450 {each}"),
            BUILT_IN,
        )
        for each in range(number)
    ]


async def record_events(connection: asyncpg.Connection, rows: Iterable[EventRow]) -> None:
    """Write events in no order."""
    shuffled = list(rows)
    random.Random(1).shuffle(shuffled)  # noqa: S311 - rows, no secrets
    await connection.copy_records_to_table("smtp_event", records=shuffled, columns=EventRow._fields)


async def test_each_activity_has_its_own_latest_events_oldest_first(
    pools: Pools, connection: asyncpg.Connection
) -> None:
    await record_events(connection, deferrals(ONE, 5) + deferrals(OTHER, 2))
    events = await read_events(pools, ACCOUNT, [str(ONE.id), str(OTHER.id)], SHOWN, last=3)
    assert {id_: [event["response"] for event in events[str(id_)]] for id_ in (ONE.id, OTHER.id)} == {
        ONE.id: ["450 2", "450 3", "450 4"],
        OTHER.id: ["450 0", "450 1"],
    }


async def test_events_of_one_second_stand_as_the_projection_has_them(
    pools: Pools, connection: asyncpg.Connection
) -> None:
    reported = [
        RecipientEvent(ONE.sent_at, status, host, response)
        for status in Status
        for host, response in (("mx1.test", "one"), ("mx2.test", "two"), (None, None))
    ]
    events = project(MessageTimes(ONE.sent_at), reported).events
    await record_events(connection, [event_row(ONE, event, BUILT_IN) for event in events])
    for last in (len(events), 7):
        stored = await read_events(pools, ACCOUNT, [str(ONE.id)], SHOWN | {"remote_host"}, last=last)
        assert [(event["status"], event["remote_host"], event["response"]) for event in stored[str(ONE.id)]] == [
            (event.status, event.remote_host, event.response) for event in events[-last:]
        ]


async def test_an_activity_without_events_is_left_out_and_no_activity_asks_nothing(
    pools: Pools, connection: asyncpg.Connection
) -> None:
    await record_events(connection, deferrals(ONE, 1))
    assert (await read_events(pools, ACCOUNT, [str(ONE.id), str(OTHER.id)], SHOWN, last=1)).keys() == {str(ONE.id)}
    assert await read_events(pools, ACCOUNT, [], SHOWN, last=1) == {}


async def test_another_account_has_no_events(pools: Pools, connection: asyncpg.Connection) -> None:
    await record_events(connection, deferrals(ONE, 1))
    assert await read_events(pools, NEIGHBOUR, [str(ONE.id)], SHOWN, last=1) == {}


async def test_only_the_asked_columns_are_read(pools: Pools, connection: asyncpg.Connection) -> None:
    await record_events(connection, deferrals(ONE, 1))
    for columns in (frozenset[str](), frozenset({"reason_message", "out_of_band"})):
        events = await read_events(pools, ACCOUNT, [str(ONE.id)], columns, last=1)
        assert set(events[str(ONE.id)][0].keys()) == columns | {"activity_id"}


@pytest.mark.parametrize("last", [0, -1, 201])
async def test_a_number_out_of_bounds_is_told_the_bounds(pools: Pools, last: int) -> None:
    with pytest.raises(InvalidInput, match="last must be from 1 to 200") as caught:
        await read_events(pools, ACCOUNT, [str(ONE.id)], SHOWN, last=last)
    assert caught.value.path == ("last",)


async def test_one_statement_reads_the_activities_months_only(migrated_database_url: str) -> None:
    async with watched_pools(migrated_database_url) as (pools, sent):
        async with pools.page.acquire() as connection:
            await ensure_months(connection, months_between(NOW - timedelta(days=200), NOW))
        # The driver asks a new connection once what an array is.
        await read_events(pools, ACCOUNT, [str(ONE.id), str(OTHER.id)], SHOWN, last=50)
        # It tells of a statement at the next turn of the loop.
        await asyncio.sleep(0)
        sent.clear()
        await read_events(pools, ACCOUNT, [str(ONE.id), str(OTHER.id)], SHOWN, last=50)
        await asyncio.sleep(0)
    (statement,) = sent
    assert await tables_read(migrated_database_url, statement) == {"smtp_event_2026_11"}
