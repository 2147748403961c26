"""Rows that are new as far as anybody knows go straight into their table; those that are there after all are merged."""

from collections.abc import Sequence

import asyncpg
import pytest

from database.store import Store
from database.working_memory import MERGE_MESSAGES
from models.event import Reported
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
