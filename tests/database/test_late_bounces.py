"""Bounces out of band: tied to the one delivery that they can be about, else shown, and never more."""

from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from database.source_progress import SourceProgress
from database.store import Store
from models.attribution import AttributionRules
from models.event import Accepted, Arrived, BouncedLate, DeliveryEvent, Reported
from models.status import Status

START = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
NOW = START + timedelta(days=1)
DAY = timedelta(days=1)


@pytest.fixture
async def store(connection: asyncpg.Connection) -> Store:
    for number, name in ((1, "northwind"), (2, "acme")):
        await connection.execute(
            "insert into account (id, external_id, name, time_zone) overriding system value values ($1, $2, $2, 'UTC')",
            number, name,
        )  # fmt: skip
        await connection.execute("insert into smtp_credential values ($1, $2)", name, number)
        await connection.execute("insert into sending_domain values ($1, $2)", f"{name}.example", number)
    return await Store.open(connection, rules=AttributionRules(), retention=timedelta(days=400))


def message(
    name: str, at: timedelta = timedelta(), status: Status = Status.DELIVERED, credential: str = "northwind", **to: Any
) -> list[DeliveryEvent]:
    """A message to Ana, and what became of it a second later."""
    common: dict[str, Any] = {"relay": "relay1", "queue_id": name, "arrived_at": START + at, "occurred_at": START + at}
    later = common | {"occurred_at": START + at + timedelta(seconds=1)}
    recipient = to or {"recipient": "ana@ok.test"}
    return [
        Arrived(**common, credential=credential),
        Accepted(**common, recipient=recipient["recipient"]),
        Reported(**later, **recipient, status=status, response="said", attempted=True),
    ]


def bounce(at: timedelta = timedelta(hours=1), **fields: Any) -> BouncedLate:
    said: dict[str, Any] = {
        "status": Status.HARD_BOUNCE,
        "recipient": "ana@ok.test",
        "envelope_sender": "b@northwind.example",
        "response": "550 5.1.1 gone",
    }
    return BouncedLate(relay="relay1", queue_id="report", occurred_at=START + at, **(said | fields))


async def statuses(connection: asyncpg.Connection) -> list[tuple[str, str]]:
    return [tuple(row) for row in await connection.fetch("select queue_id, status from smtp_activity order by 1")]


async def shown(connection: asyncpg.Connection) -> list[tuple[str, bool]]:
    """The messages that show a bounce out of band, and whether it is tied."""
    query = (
        "select queue_id, tied from smtp_event join smtp_activity a"
        " on (a.account_id, a.id) = (smtp_event.account_id, activity_id) where out_of_band order by 1"
    )
    return [tuple(row) for row in await connection.fetch(query)]


async def waiting(connection: asyncpg.Connection) -> int:
    return int(await connection.fetchval("select count(*) from parked_event"))


async def test_it_is_tied_to_the_only_delivery(store: Store, connection: asyncpg.Connection) -> None:
    await store.record([*message("m1"), bounce()], None, NOW)
    assert await statuses(connection) == [("m1", "DELIVERED")]
    assert (await store.settle_bounces(NOW)).changed_rows == 1
    assert await statuses(connection) == [("m1", "HARD_BOUNCE")]
    assert await shown(connection) == [("m1", True)]
    assert await waiting(connection) == 0


async def test_a_second_reading_changes_nothing(store: Store, connection: asyncpg.Connection) -> None:
    for changed in (1, 0):
        await store.record([*message("m1"), bounce()], None, NOW)
        assert (await store.settle_bounces(NOW)).changed_rows == changed
        assert await waiting(connection) == 0
    assert await shown(connection) == [("m1", True)]


async def test_of_several_deliveries_the_newest_shows_it_and_stays_delivered(
    store: Store, connection: asyncpg.Connection
) -> None:
    await store.record([*message("m1"), *message("m2", timedelta(minutes=1)), bounce()], None, NOW)
    await store.settle_bounces(NOW)
    assert await statuses(connection) == [("m1", "DELIVERED"), ("m2", "DELIVERED")]
    assert await shown(connection) == [("m2", False)]


@pytest.mark.parametrize(("at", "tied"), [(5 * DAY, True), (5 * DAY + timedelta(seconds=2), False)])
async def test_a_delivery_counts_for_five_days(
    store: Store, connection: asyncpg.Connection, at: timedelta, tied: bool
) -> None:
    await store.record([*message("m1"), bounce(at)], None, NOW + 20 * DAY)
    await store.settle_bounces(NOW + 20 * DAY)
    assert await shown(connection) == [("m1", tied)]
    assert await statuses(connection) == [("m1", "HARD_BOUNCE" if tied else "DELIVERED")]


async def test_a_delivery_after_it_is_none_that_it_is_about(store: Store, connection: asyncpg.Connection) -> None:
    await store.record([*message("m1"), bounce(timedelta())], None, NOW)
    await store.settle_bounces(NOW)
    assert await shown(connection) == []
    assert await waiting(connection) == 1


async def test_it_waits_for_its_delivery_and_in_the_end_is_shown_without(
    store: Store, connection: asyncpg.Connection
) -> None:
    await store.record([*message("m1", status=Status.DEFERRED), bounce()], None, NOW)
    await store.settle_bounces(NOW)
    assert await waiting(connection) == 1
    await store.settle_bounces(START + timedelta(hours=1) + 5 * DAY)
    assert await shown(connection) == [("m1", False)]
    assert await statuses(connection) == [("m1", "DEFERRED")]
    assert await waiting(connection) == 0


async def test_of_nobodys_mail_it_waits(store: Store, connection: asyncpg.Connection) -> None:
    await store.record([*message("m1"), bounce(recipient="bob@ok.test")], None, NOW)
    await store.settle_bounces(NOW + 20 * DAY)
    assert await waiting(connection) == 1


async def test_it_reaches_no_other_accounts_mail(store: Store, connection: asyncpg.Connection) -> None:
    strangers = [bounce(envelope_sender=sender) for sender in ("b@acme.example", "b@stranger.example", "")]
    await store.record([*message("m1"), *strangers], None, NOW)
    await store.settle_bounces(NOW + 20 * DAY)
    assert await shown(connection) == []
    assert await waiting(connection) == 3


async def test_a_tenant_says_whose_it_is(store: Store, connection: asyncpg.Connection) -> None:
    of_acme = bounce(envelope_sender="b@relay.example", credential="acme")
    await store.record([*message("m1"), *message("m2", credential="acme"), of_acme], None, NOW)
    await store.settle_bounces(NOW)
    assert await shown(connection) == [("m2", True)]


async def test_an_address_is_known_by_its_alias_and_in_any_case(store: Store, connection: asyncpg.Connection) -> None:
    to: dict[str, Any] = {"recipient": "team@northwind.example", "delivered_to": "Ana@ok.test"}
    await store.record([*message("m1", **to), bounce(recipient="ana@OK.test")], None, NOW)
    await store.settle_bounces(NOW)
    assert await shown(connection) == [("m1", True)]


async def test_it_waits_for_every_source_that_is_followed(store: Store, connection: asyncpg.Connection) -> None:
    at = bounce().occurred_at
    behind = SourceProgress("other relay's log", "f", 1, reader_state="{}")
    await store.record(message("m1"), behind, at - timedelta(minutes=1))
    await store.record([bounce()], None, NOW)
    await store.settle_bounces(at + timedelta(minutes=1))
    assert await waiting(connection) == 1
    await store.record(message("m2", timedelta(minutes=1)), behind, at + timedelta(minutes=2))
    await store.settle_bounces(at + timedelta(minutes=2))
    assert await shown(connection) == [("m2", False)]


async def test_a_source_that_was_silent_for_a_day_is_not_waited_for(
    store: Store, connection: asyncpg.Connection
) -> None:
    behind = SourceProgress("other relay's log", "f", 1, reader_state="{}")
    await store.record(message("m1"), behind, START + timedelta(minutes=1))
    await store.record([bounce(2 * DAY)], None, START + 2 * DAY)
    await store.settle_bounces(START + 2 * DAY)
    assert await shown(connection) == [("m1", True)]
