"""Events of nobody, tried again: in batches, each whole or not at all, as often as one likes."""

from datetime import timedelta

import asyncpg
import pytest

from database.put_aside import count_put_aside
from database.store import Recorded, Store
from database.unattributed import Retried, retry_unattributed
from models.attribution import AttributionRules
from models.event import Arrived, DeliveryEvent, Described, Reported
from models.status import Status
from tests.conftest import NOW

MESSAGES = 5


@pytest.fixture
async def store(connection: asyncpg.Connection) -> Store:
    """Two accounts without any name, and messages with two recipients each that nobody can place."""
    await connection.execute(
        "insert into account (external_id, name, time_zone) values ('northwind', 'N', 'UTC'), ('acme', 'A', 'UTC')"
    )
    store = await Store.open(connection, rules=AttributionRules(), retention=timedelta(days=400))
    for number in range(MESSAGES):
        await store.record(message(number), None, NOW)
    assert await count_put_aside(connection) == (0, 2 * MESSAGES)
    return store


def message(number: int, user_name: str = "northwind") -> list[DeliveryEvent]:
    arrived_at = NOW - timedelta(minutes=number + 1)

    def delivered(recipient: str, seconds: int) -> Reported:
        return Reported(
            relay="relay1",
            queue_id=f"4j{number}",
            arrived_at=arrived_at,
            occurred_at=arrived_at + timedelta(seconds=seconds),
            status=Status.DELIVERED,
            recipient=recipient,
            response="250 Ok",
        )

    known = {"relay": "relay1", "queue_id": f"4j{number}", "arrived_at": arrived_at, "occurred_at": arrived_at}
    return [
        Arrived(**known, credential=user_name, service="smtpd"),  # type: ignore[arg-type]  # One dict for both.
        Described(**known, envelope_sender="b@northwind.example", subject=f"Order {number}"),  # type: ignore[arg-type]
        delivered("ana@ok.test", 1),
        delivered("bob@ok.test", 2),
    ]


async def owned(connection: asyncpg.Connection, account_id: int = 1) -> None:
    await connection.execute("insert into smtp_credential values ('northwind', $1)", account_id)


async def rows(connection: asyncpg.Connection) -> list[tuple[object, ...]]:
    return [tuple(record) for record in await connection.fetch("select * from smtp_activity order by id")]


async def test_before_a_mapping_nothing_comes_of_it(store: Store, connection: asyncpg.Connection) -> None:
    assert await retry_unattributed(connection, store, lambda: NOW) == Retried(0, 0, 0, 2 * MESSAGES)


@pytest.mark.parametrize("batch_size", [1, 2, 1000])
async def test_the_rows_are_those_of_a_log_read_after_the_mapping(
    store: Store, connection: asyncpg.Connection, batch_size: int
) -> None:
    await owned(connection)
    done = await retry_unattributed(connection, store, lambda: NOW, batch_size=batch_size)
    assert done == Retried(new_rows=2 * MESSAGES, changed_rows=0, out_of_bounds=0, unattributed=0)
    found = await rows(connection)
    assert await retry_unattributed(connection, store, lambda: NOW) == Retried(0, 0, 0, 0)
    for number in range(MESSAGES):
        assert await store.record(message(number), None, NOW) == Recorded(0, 0, 0)
    assert await rows(connection) == found
    await connection.execute("truncate smtp_activity, smtp_event, relay_message")
    for number in range(MESSAGES):
        await store.record(message(number), None, NOW)
    assert await rows(connection) == found


async def test_a_batch_is_stored_as_a_whole_and_what_was_not_reached_is_tried_the_next_time(
    store: Store, connection: asyncpg.Connection
) -> None:
    await owned(connection)
    # The third message's rows cannot be written.
    await connection.execute("alter table smtp_activity add constraint no check (subject <> 'Order 2') not valid")
    try:
        with pytest.raises(asyncpg.CheckViolationError):
            await retry_unattributed(connection, store, lambda: NOW, batch_size=2)
    finally:
        await connection.execute("alter table smtp_activity drop constraint no")
    assert len(await rows(connection)) == 4
    assert (await count_put_aside(connection)).unattributed == 2 * (MESSAGES - 2)
    assert await connection.fetchval("select count(*) from relay_message where account_id is null") == MESSAGES - 2
    done = await retry_unattributed(connection, store, lambda: NOW, batch_size=2)
    assert done == Retried(2 * (MESSAGES - 2), 0, 0, 0)


async def test_what_got_too_old_meanwhile_is_counted_and_goes(store: Store, connection: asyncpg.Connection) -> None:
    await owned(connection)
    later = NOW + timedelta(days=401)
    done = await retry_unattributed(connection, store, lambda: later)
    assert done == Retried(new_rows=0, changed_rows=0, out_of_bounds=2 * MESSAGES, unattributed=0)
    assert await rows(connection) == []


async def test_an_accounts_shorter_retention_holds_for_what_was_kept(
    store: Store, connection: asyncpg.Connection
) -> None:
    await owned(connection, account_id=2)
    await connection.execute("update account set retention_days = 30 where id = 2")
    later = NOW + timedelta(days=31)
    assert (await retry_unattributed(connection, store, lambda: later)).out_of_bounds == 2 * MESSAGES
    assert await rows(connection) == []
