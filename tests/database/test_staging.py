"""Rows that are new as far as anybody knows go straight into their table; those that are there after all are merged."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from database.new_rows import write_new
from database.recipients_of import Change
from database.store import Store
from database.working_memory import MERGE_MESSAGES
from models.activity_row import ActivityRow
from models.event import Accepted, Arrived, DeliveryEvent, Reported
from models.status import Status
from tests.database.test_store import MESSAGE, after, count, everything, long, record, rows, store

__all__ = ["store"]  # a fixture


async def test_rows_of_a_message_that_was_forgotten_are_merged(store: Store, connection: asyncpg.Connection) -> None:
    await record(store, *MESSAGE)
    whole = await everything(connection)
    await connection.execute("delete from relay_message")
    await record(store, *MESSAGE)
    assert await everything(connection) == whole


async def test_a_row_that_is_there_after_all_is_replaced_and_its_events_stay(
    store: Store, connection: asyncpg.Connection
) -> None:
    await record(store, *MESSAGE)
    events = await count(connection, "smtp_event")
    await connection.execute("delete from relay_message")
    bounced = long(Reported, 9, status=Status.HARD_BOUNCE, recipient="bob@slow.test", response="550 5.1.1 unknown")
    await record(store, *MESSAGE, bounced)
    assert await rows(connection) == [(1, "ana@ok.test", "DELIVERED"), (1, "bob@slow.test", "HARD_BOUNCE")]
    assert await count(connection, "smtp_event") == events + 1


@pytest.mark.parametrize("known", [0, 250, 999])
async def test_all_of_many_rows_are_written_though_one_of_them_is_there(
    store: Store, connection: asyncpg.Connection, known: int
) -> None:
    def row(number: int, subject: str) -> Sequence[object]:
        values = {"relay": "relay1", "instance": "", "queue_id": f"Q{number}", "arrived_at": after(0)}
        values |= {"subject": subject, "is_notification": False, "updated_at": after(0)}
        return [values.get(name) for name in MERGE_MESSAGES.columns]

    async with connection.transaction():
        await MERGE_MESSAGES.add(connection, [row(known, "old")])
        await MERGE_MESSAGES.add(connection, [row(number, "new") for number in range(1000)])
    assert await count(connection, "relay_message") == 1000
    assert await connection.fetchval("select count(*) from relay_message where subject = 'new'") == 1000


async def test_no_rows_are_nothing_to_do(store: Store, connection: asyncpg.Connection) -> None:
    await MERGE_MESSAGES.add(connection, [])
    assert await count(connection, "relay_message") == 0


async def test_new_rows_are_written_in_parts_and_merged_where_one_of_them_is_there(
    store: Store, connection: asyncpg.Connection
) -> None:
    def message(number: int) -> list[DeliveryEvent]:
        key: dict[str, Any] = {"relay": "relay1", "queue_id": f"Q{number}", "arrived_at": after(0)}
        arrived = Arrived(**key, occurred_at=after(0), credential="northwind@relay1", process="smtpd[1]")
        return [arrived, Accepted(**key, occurred_at=after(0), recipient=f"person{number}@ok.test")]

    await record(store, *message(1100))  # one of the third part
    await connection.execute("delete from relay_message")
    recorded = await record(store, *(event for number in range(1300) for event in message(number)))
    assert recorded.new_rows == 1300
    assert await count(connection, "smtp_activity") == await count(connection, "smtp_event") == 1300
    assert await connection.fetchval("select count(distinct recipient) from smtp_activity") == 1300


async def test_a_failure_between_two_parts_leaves_nothing(store: Store, connection: asyncpg.Connection) -> None:
    await record(store, *MESSAGE)
    row = ActivityRow(*(await connection.fetch("select * from smtp_activity limit 1"))[0].values())
    before = await everything(connection)

    def rows() -> Iterator[ActivityRow]:
        for number in range(1200):
            yield row._replace(id=UUID(int=row.id.int + number + 1))
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        async with connection.transaction():
            await write_new(connection, rows(), Change())
    assert await everything(connection) == before
