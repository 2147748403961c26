"""Maintenance: what is kept no longer goes, all else stays, and no log brings it back."""

import os
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from database.erasures import remember_erasure
from database.maintenance import Maintained, Maintenance, MaintenanceBusy, MonthInUse
from database.migrate import grant_service
from database.partitions import ensure_months, existing_months
from database.pool import connect
from database.retention import Retention
from database.store import Store
from models.attribution import AttributionRules
from models.event import Accepted, Arrived, DeliveryEvent, Described, HandedOn, Removed, Reported
from models.status import Status
from tests.conftest import NOW, as_role

ROLE = f"smtp_activity_maintainer_{os.getpid()}"
RETENTION = timedelta(days=100)
MAINTENANCE = Maintenance(Retention(RETENTION), memory=timedelta(days=14), batch_size=2)
NOTHING = Maintained((), (), 0, 0, 0, 0, 0, 0)
# 100 days before 2026-11-23 19:00.
FIRST_KEPT = date(2026, 8, 1)


@pytest.fixture
async def database(migrated_database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A database whose months no other test sees, and two accounts."""
    connection = await connect(migrated_database_url)
    try:
        await connection.execute(
            "insert into account (external_id, name, time_zone)"
            " values ('northwind', 'Northwind', 'UTC'), ('acme', 'Acme', 'UTC')"
        )
        await connection.execute("insert into smtp_credential values ('northwind', 1), ('acme', 2)")
        yield connection
    finally:
        await connection.close()


@pytest.fixture
async def store(database: asyncpg.Connection) -> Store:
    return await store_of(database, timedelta(days=36_500))


async def store_of(connection: asyncpg.Connection, retention: timedelta) -> Store:
    return await Store.open(connection, rules=AttributionRules(), retention=retention)


def delivered(days_ago: float, credential: str, *, number: int = 0, removed: bool = True) -> list[DeliveryEvent]:
    """A message's life."""
    arrived_at = (NOW - timedelta(days=days_ago)).replace(microsecond=0)
    queue_id = f"4j{credential}{days_ago}{number}"

    def at(seconds: int) -> dict[str, Any]:
        when = arrived_at + timedelta(seconds=seconds)
        return {"relay": "relay1", "queue_id": queue_id, "arrived_at": arrived_at, "occurred_at": when}

    life: list[DeliveryEvent] = [
        Arrived(**at(0), credential=credential, service="smtpd"),
        Described(**at(0), envelope_sender=f"b@{credential}.example"),
        Reported(**at(1), status=Status.DELIVERED, recipient="ana@ok.test", response="250 Ok"),
    ]
    return [*life, Removed(**at(2))] if removed else life


async def record(store: Store, *lives: list[DeliveryEvent]) -> int:
    """Record messages; returns how many of their events were out of bounds."""
    return (await store.record([event for life in lives for event in life], None, NOW)).out_of_bounds


async def let_acme_keep(connection: asyncpg.Connection, days: int) -> None:
    await connection.execute("update account set retention_days = $1 where external_id = 'acme'", days)


async def ages(connection: asyncpg.Connection, table: str = "smtp_activity", time: str = "sent_at") -> list[int]:
    """How many days ago each row was."""
    query = "select extract(day from $1 - {})::int from {} order by 1".format(time, table)  # noqa: S608, UP032
    return [record[0] for record in await connection.fetch(query, NOW)]


async def count(connection: asyncpg.Connection, table: str) -> int:
    return int(await connection.fetchval(f"select count(*) from {table}"))  # noqa: S608


async def test_months_ahead_are_made(database: asyncpg.Connection) -> None:
    later = datetime(2027, 3, 15, tzinfo=UTC)
    maintenance = Maintenance(Retention(timedelta(days=400)), memory=timedelta(days=14))
    made = (date(2027, 2, 1), date(2027, 3, 1), date(2027, 4, 1), date(2027, 5, 1))
    assert await maintenance.run(database, later) == NOTHING._replace(months_made=made)
    assert set(made) <= set(await existing_months(database))


async def test_whole_months_beyond_retention_are_dropped_activities_and_events_together(
    database: asyncpg.Connection, store: Store
) -> None:
    await record(store, *(delivered(days, "northwind") for days in (10, 99, 105, 120, 170)))
    done = await MAINTENANCE.run(database, NOW)
    assert done.months_dropped == (date(2026, 6, 1), date(2026, 7, 1))
    # 105 days ago is in August, whose last days are within retention: a month goes as a whole.
    assert await ages(database) == [10, 99, 105]
    assert await count(database, "smtp_event") == 2 * 3
    assert (await existing_months(database))[0] == FIRST_KEPT
    assert await MAINTENANCE.run(database, NOW) == NOTHING


async def test_a_log_does_not_bring_back_what_is_beyond_retention(database: asyncpg.Connection, store: Store) -> None:
    old = delivered(170, "northwind")
    await record(store, old)
    await MAINTENANCE.run(database, NOW)
    assert await record(await store_of(database, RETENTION), old) == len(old)
    assert await count(database, "smtp_activity") == 0
    assert (await existing_months(database))[0] >= FIRST_KEPT


async def test_a_late_event_of_a_message_beyond_retention_is_left_out(
    database: asyncpg.Connection, store: Store
) -> None:
    # Its arrival is known by the queue id's message, so that only the message tells how old it is.
    life = delivered(101, "northwind", removed=False)
    await record(store, life[:2])
    late = Reported(
        relay="relay1",
        queue_id=life[0].queue_id,
        occurred_at=NOW,
        status=Status.DELIVERED,
        recipient="ana@ok.test",
        response="250 Ok",
    )
    assert await record(await store_of(database, RETENTION), [late]) == 1
    assert await count(database, "smtp_activity") == 0
    assert await count(database, "parked_event") == 0


async def test_an_account_that_keeps_less_loses_what_is_older(database: asyncpg.Connection, store: Store) -> None:
    lives = [
        delivered(days, name, number=n)
        for days in (10, 29, 31, 32, 60)
        for name in ("northwind", "acme")
        for n in range(3)
    ]
    await record(store, *lives)
    await let_acme_keep(database, 30)
    done = await MAINTENANCE.run(database, NOW)
    assert (done.activities, done.events) == (9, 18)
    assert await ages(database, "smtp_activity where account_id = 2") == [10, 10, 10, 29, 29, 29]
    assert await count(database, "smtp_activity where account_id = 1") == 15
    orphans = "select count(*) from smtp_event where activity_id not in (select id from smtp_activity)"
    assert await database.fetchval(orphans) == 0
    assert await MAINTENANCE.run(database, NOW) == NOTHING


async def test_a_log_does_not_bring_back_what_its_account_keeps_no_longer(
    database: asyncpg.Connection, store: Store
) -> None:
    lives = [delivered(days, name) for days in (10, 31) for name in ("northwind", "acme")]
    assert await record(store, *lives) == 0
    await let_acme_keep(database, 30)
    assert (await MAINTENANCE.run(database, NOW)).activities == 1
    before = await database.fetch("select * from smtp_activity order by id")
    # What was reported of a recipient; facts about a message are no history.
    assert await record(await store_of(database, RETENTION), *lives) == 1
    assert await database.fetch("select * from smtp_activity order by id") == before
    assert await count(database, "parked_event") == 0


async def test_an_account_cannot_keep_more_than_the_installation(database: asyncpg.Connection, store: Store) -> None:
    await let_acme_keep(database, 1000)
    old = delivered(170, "acme")
    await record(store, old)
    assert (await MAINTENANCE.run(database, NOW)).months_dropped[0] == date(2026, 6, 1)
    assert await record(await store_of(database, RETENTION), old) == len(old)


async def test_messages_leave_ingests_memory_some_time_after_the_queue(
    database: asyncpg.Connection, store: Store
) -> None:
    await record(
        store,
        *(delivered(days, "northwind") for days in (1, 13, 15, 16, 17)),
        delivered(50, "northwind", number=1, removed=False),
        delivered(101, "northwind", removed=False),
    )
    # The one that never left the queue goes with retention.
    assert (await MAINTENANCE.run(database, NOW)).messages == 4
    assert await ages(database, "relay_message", "arrived_at") == [1, 13, 50]


async def test_messages_of_an_account_that_keeps_less_leave_with_its_rows(
    database: asyncpg.Connection, store: Store
) -> None:
    await record(store, *(delivered(days, name) for days in (4, 6) for name in ("northwind", "acme")))
    await let_acme_keep(database, 5)
    assert (await MAINTENANCE.run(database, NOW)).messages == 1
    assert await ages(database, "relay_message where account_id = 2", "arrived_at") == [4]


async def test_what_is_known_of_a_message_stays_while_its_account_is_looked_for(
    database: asyncpg.Connection, store: Store
) -> None:
    await record(store, *(delivered(days, "nobody") for days in (50, 101)))
    done = await MAINTENANCE.run(database, NOW)
    assert (done.messages, done.unattributed) == (1, 1)
    assert await ages(database, "relay_message", "arrived_at") == [50]
    assert await ages(database, "unattributed_event", "occurred_at") == [49]
    await database.execute("insert into smtp_credential values ('nobody', 1)")
    again = await (await store_of(database, RETENTION)).retry(["4jnobody500"], NOW)
    assert again.new_rows == 1
    assert (await MAINTENANCE.run(database, NOW)).messages == 1


async def test_waiting_events_age_out_and_links_with_their_messages(database: asyncpg.Connection, store: Store) -> None:
    def waiting(days: float) -> list[DeliveryEvent]:
        when = NOW - timedelta(days=days)
        accepted = Accepted(relay="r", queue_id=f"A{days}", occurred_at=when, recipient="ana@ok.test")
        link = HandedOn(relay="r", queue_id=f"A{days}", next_queue_id="B", occurred_at=when, recipient="ana@ok.test")
        return [accepted, link]

    await record(store, *(waiting(days) for days in (1, 15, 101)))
    # Three waiting events of the last one: its link is one that waits for its message as well.
    kinds = "select kind, count(*)::int from parked_event group by 1 order by 1"
    before = {kind: number for kind, number in await database.fetch(kinds)}
    done = await MAINTENANCE.run(database, NOW)
    after = {kind: number for kind, number in await database.fetch(kinds)}
    assert before["accepted"] - after["accepted"] == 1
    assert before["handed_on"] - after["handed_on"] == before["handed_on"] * 2 / 3
    assert done.waiting == sum(before.values()) - sum(after.values())


async def test_hashes_of_erased_addresses_go_when_all_their_messages_have(database: asyncpg.Connection) -> None:
    for number, days in enumerate((10, 101, 130, 132)):
        await remember_erasure(
            database,
            digest=bytes([number]),
            account_id=1,
            erased_at=NOW - timedelta(days=days),
            pseudonymised=False,
        )
    # Up to 31 days longer than retention, as months do.
    assert (await MAINTENANCE.run(database, NOW)).erasures == 1
    assert await ages(database, "erased_address", "erased_at") == [10, 101, 130]


async def test_a_dry_run_says_what_would_go_and_changes_nothing(database: asyncpg.Connection, store: Store) -> None:
    lives = [delivered(days, name) for days in (10, 20, 30) for name in ("northwind", "acme", "nobody")]
    await record(store, *lives, delivered(170, "northwind"), delivered(90, "nobody"))
    await let_acme_keep(database, 30)
    later = NOW + timedelta(days=60)
    tables = ("smtp_activity", "smtp_event", "relay_message", "unattributed_event")
    before = [await database.fetch(f"select * from {table} order by 1, 2, 3") for table in tables]  # noqa: S608
    months = await existing_months(database)
    foreseen = await MAINTENANCE.foresee(database, later)
    assert [await database.fetch(f"select * from {table} order by 1, 2, 3") for table in tables] == before  # noqa: S608
    assert await existing_months(database) == months
    done = await MAINTENANCE.run(database, later)
    assert done.months_made
    assert done.months_dropped
    assert (done.activities, done.events, done.unattributed) == (3, 6, 1)
    assert foreseen._replace(messages=0) == done._replace(messages=0)
    # One that is too old for two reasons is foreseen twice.
    assert foreseen.messages >= done.messages > 0


async def test_one_process_maintains_at_a_time(database: asyncpg.Connection, migrated_database_url: str) -> None:
    other = await connect(migrated_database_url)
    try:
        await other.execute("select pg_advisory_lock(hashtext('smtp-activity'), hashtext('maintain'))")
        with pytest.raises(MaintenanceBusy):
            await MAINTENANCE.run(database, NOW)
    finally:
        await other.close()
    await MAINTENANCE.run(database, NOW)


async def test_a_month_that_is_being_read_is_dropped_another_time_and_all_else_is_done(
    database: asyncpg.Connection, store: Store, migrated_database_url: str
) -> None:
    await record(store, delivered(20, "northwind"))
    await ensure_months(database, [date(2020, 1, 1)])
    blocking = await connect(migrated_database_url)
    try:
        async with blocking.transaction():
            await blocking.execute("lock table smtp_activity in access share mode")
            await database.execute("alter function smtp_activity_drop_month(date) set lock_timeout = '10ms'")
            with pytest.raises(MonthInUse):
                await MAINTENANCE.run(database, NOW)
        assert await count(database, "relay_message") == 0
        assert (await MAINTENANCE.run(database, NOW)).months_dropped == (date(2020, 1, 1),)
    finally:
        await blocking.close()


async def test_the_services_role_suffices(
    database: asyncpg.Connection, store: Store, migrated_database_url: str
) -> None:
    await record(store, *(delivered(days, name) for days in (40, 170) for name in ("northwind", "acme")))
    await let_acme_keep(database, 30)
    await remember_erasure(
        database, digest=b"x", account_id=1, erased_at=NOW - timedelta(days=200), pseudonymised=False
    )
    await database.execute(f"create role {ROLE} login password 'pw'")
    try:
        await grant_service(database, ROLE)
        service = await connect(as_role(ROLE, migrated_database_url))
        try:
            done = await MAINTENANCE.run(service, NOW)
        finally:
            await service.close()
        assert done.months_dropped == (date(2026, 6, 1),)
        assert (done.activities, done.messages, done.erasures) == (2, 4, 1)
    finally:
        await database.execute(f"drop owned by {ROLE}; drop role {ROLE}")
