"""Recording events: each recipient once, whatever comes first, twice or late."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from itertools import permutations
from typing import Any, TypeVar

import asyncpg
import pytest

from database.store import Recorded, Store
from models.attribution import AttributionRules
from models.classifier import Classifier
from models.event import (
    Accepted,
    Arrived,
    DeliveryEvent,
    Described,
    Event,
    Expired,
    HandedOn,
    MessageRefused,
    NotificationMade,
    Queued,
    Refused,
    Removed,
    Reported,
)
from models.own_rules import OwnRule, OwnRules
from models.reason import ReasonCategory
from models.status import Status

START = datetime(2026, 11, 23, 18, 45, 19, tzinfo=UTC)
RULES = AttributionRules(trusted_networks=(ip_network("127.0.0.0/8"),), inner_relays=frozenset({"192.0.2.10:10024"}))
LONG = "4jYFHg1B4dzK9Bh"

E = TypeVar("E", bound=Event)


def after(seconds: int) -> datetime:
    return START + timedelta(seconds=seconds)


def long(kind: type[E], seconds: int = 0, **more: Any) -> E:
    """An event of a message whose queue id tells its arrival."""
    return kind(relay="relay1", queue_id=LONG, arrived_at=START, occurred_at=after(seconds), **more)


def short(kind: type[E], seconds: int, queue_id: str = "7D06A2CC4D", **more: Any) -> E:
    """An event of a message whose queue id tells nothing, and may be used again."""
    return kind(relay="relay1", queue_id=queue_id, occurred_at=after(seconds), **more)


ARRIVED = long(Arrived, credential="northwind@relay1", client_address="192.0.2.7", service="smtpd", process="smtpd[1]")
DESCRIBED = long(
    Described, envelope_sender="b@northwind.example", sender="news@northwind.example", subject="Réservation"
)
ANA = long(Accepted, recipient="ana@ok.test", envelope_sender="b@northwind.example")
QUEUED = long(Queued, 1)
DELIVERED = long(
    Reported, 2, status=Status.DELIVERED, recipient="ana@ok.test", remote_host="mx", response="250 Ok", attempted=True
)
DEFERRED = long(
    Reported, 3, status=Status.DEFERRED, recipient="bob@slow.test", response="451 4.3.2 later", smtp_code=451
)
MESSAGE: tuple[DeliveryEvent, ...] = (ARRIVED, DESCRIBED, ANA, QUEUED, DELIVERED, DEFERRED, long(Removed, 9))


@pytest.fixture
async def store(connection: asyncpg.Connection) -> Store:
    await connection.execute(
        """
        insert into account (external_id, name, time_zone)
        values ('northwind', 'Northwind', 'America/Toronto'), ('acme', 'Acme', 'Europe/Paris')
        """
    )
    await connection.execute("insert into smtp_credential values ('northwind@relay1', 1)")
    await connection.execute("insert into sending_domain values ('acme.example', 2)")
    return await Store.open(connection, rules=RULES, retention=timedelta(days=400))


async def record(store: Store, *events: DeliveryEvent) -> Recorded:
    return await store.record(events, None, now=after(3600))


async def rows(connection: asyncpg.Connection, columns: str = "account_id, recipient, status") -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await connection.fetch(f"select {columns} from smtp_activity order by recipient")]  # noqa: S608


async def count(connection: asyncpg.Connection, table: str) -> int:
    return int(await connection.fetchval(f"select count(*) from {table}"))  # noqa: S608


async def test_a_message_becomes_one_row_a_recipient(store: Store, connection: asyncpg.Connection) -> None:
    recorded = await record(store, *MESSAGE)
    assert recorded == Recorded(new_rows=2, changed_rows=0, out_of_bounds=0)
    assert await rows(connection) == [(1, "ana@ok.test", "DELIVERED"), (1, "bob@slow.test", "DEFERRED")]
    assert await rows(connection, "sender, envelope_sender, subject, queue_id, credential, attempt_count") == [
        ("news@northwind.example", "b@northwind.example", "Réservation", LONG, "northwind@relay1", 1),
        ("news@northwind.example", "b@northwind.example", "Réservation", LONG, "northwind@relay1", 0),
    ]
    assert await count(connection, "parked_event") == 0


async def test_reading_again_changes_nothing(store: Store, connection: asyncpg.Connection) -> None:
    await record(store, *MESSAGE)
    before = await connection.fetch("select * from smtp_event order by 1, 2, 3, 4")
    assert await record(store, *MESSAGE) == Recorded(new_rows=0, changed_rows=0, out_of_bounds=0)
    assert await connection.fetch("select * from smtp_event order by 1, 2, 3, 4") == before


@pytest.mark.parametrize("cut", range(1, len(MESSAGE)))
async def test_a_log_cut_in_two_and_read_backwards_comes_to_the_same(
    store: Store, connection: asyncpg.Connection, cut: int
) -> None:
    await record(store, *MESSAGE)
    whole = await everything(connection)
    await connection.execute("truncate smtp_activity, smtp_event, relay_message, parked_event")
    await record(store, *MESSAGE[cut:])
    await record(store, *MESSAGE[:cut])
    assert await everything(connection) == whole


async def everything(connection: asyncpg.Connection) -> list[Sequence[object]]:
    activities = await connection.fetch("select * from smtp_activity order by id")
    events = await connection.fetch("select * from smtp_event order by activity_id, occurred_at, status")
    messages = await connection.fetch("select * from relay_message order by queue_id")
    return [tuple(record.values())[:-1] for record in (*activities, *events, *messages)]


async def test_a_row_appears_when_its_arrival_is_known(store: Store, connection: asyncpg.Connection) -> None:
    await record(store, DESCRIBED, DELIVERED)
    assert await rows(connection) == []
    assert await count(connection, "parked_event") == 1
    await record(store, ARRIVED)
    assert await rows(connection) == [(1, "ana@ok.test", "DELIVERED")]
    assert await count(connection, "parked_event") == 0


async def test_an_expired_message_bounces_who_was_waiting(store: Store, connection: asyncpg.Connection) -> None:
    await record(store, *MESSAGE)
    recorded = await record(store, long(Expired, 40))
    assert recorded.changed_rows == 1
    assert await rows(connection, "recipient, status, reason_message") == [
        ("ana@ok.test", "DELIVERED", None),
        ("bob@slow.test", "SOFT_BOUNCE", "451 4.3.2 later"),
    ]


async def test_an_alias_gives_way_to_its_final_addresses(store: Store, connection: asyncpg.Connection) -> None:
    await record(store, ARRIVED, long(Accepted, recipient="team@a.test"))
    assert await rows(connection, "recipient, delivered_to, status") == [("team@a.test", None, "ACCEPTED")]
    for final, status in (("one@b.test", Status.DELIVERED), ("two@c.test", Status.HARD_BOUNCE)):
        await record(
            store, long(Reported, 2, status=status, recipient="team@a.test", delivered_to=final, response="550 or 250")
        )
    assert await rows(connection, "recipient, delivered_to, status") == [
        ("team@a.test", "one@b.test", "DELIVERED"),
        ("team@a.test", "two@c.test", "HARD_BOUNCE"),
    ]
    orphans = "select count(*) from smtp_event where activity_id not in (select id from smtp_activity)"
    assert await connection.fetchval(orphans) == 0


async def test_an_alias_gives_way_even_when_its_message_had_expired_before(
    store: Store, connection: asyncpg.Connection
) -> None:
    events: list[DeliveryEvent] = [
        long(Accepted, recipient="team@a.test"),
        long(Reported, 2, status=Status.DEFERRED, recipient="team@a.test", delivered_to="one@b.test", response="451"),
        long(Expired, 9),
    ]
    for order in permutations(events):
        await connection.execute("truncate smtp_activity, smtp_event, relay_message, parked_event")
        for event in (ARRIVED, *order):
            await record(store, event)
        assert await rows(connection, "recipient, delivered_to, status") == [
            ("team@a.test", "one@b.test", "SOFT_BOUNCE")
        ]
        assert await count(connection, "smtp_event") == 3


async def test_a_message_refused_at_its_end_rejects_every_recipient(
    store: Store, connection: asyncpg.Connection
) -> None:
    await record(store, ARRIVED, ANA, long(MessageRefused, 2, response="550 5.7.1 spam", smtp_code=550))
    assert await rows(connection, "status, reason_message, smtp_code") == [("REJECTED", "550 5.7.1 spam", 550)]


def refused(sender: str, address: str = "127.0.0.1", key: str = "smtpd[7]\ttext") -> Refused:
    return Refused(
        relay="relay1",
        queue_id="",
        occurred_at=START,
        key=key,
        recipient="info@invalid.test",
        envelope_sender=sender,
        client_address=address,
        response="550 5.1.3 no",
    )


async def test_a_refusal_without_a_message_is_a_row_of_the_senders_account(
    store: Store, connection: asyncpg.Connection
) -> None:
    await record(store, refused("news@acme.example"))
    again = await record(store, refused("news@acme.example"))
    assert again.new_rows == 0
    assert await rows(connection, "account_id, status, queue_id, subject, reason_message") == [
        (2, "REJECTED", None, None, "550 5.1.3 no")
    ]


@pytest.mark.parametrize(
    "event", [refused("news@acme.example", "203.0.113.5"), refused("a@unknown.test"), refused(""), refused("root")]
)
async def test_a_refusal_that_nobody_can_place_is_kept_apart(
    store: Store, connection: asyncpg.Connection, event: Refused
) -> None:
    await record(store, event)
    await record(store, event)
    assert await rows(connection) == []
    assert await count(connection, "unattributed_event") == 1


async def test_an_unattributed_message_finds_its_account_when_it_is_read_after_a_mapping_was_added(
    store: Store, connection: asyncpg.Connection
) -> None:
    stranger = long(Arrived, credential="acme@relay1", client_address="192.0.2.7")
    await record(store, stranger, DESCRIBED, DELIVERED)
    kept = await connection.fetchrow("select user_name, sender_domain from unattributed_event")
    assert kept is not None
    assert tuple(kept) == ("acme@relay1", "northwind.example")
    await connection.execute("insert into smtp_credential values ('acme@relay1', 2)")
    await record(store, stranger)
    assert await rows(connection) == [(2, "ana@ok.test", "DELIVERED")]
    assert await count(connection, "unattributed_event") == 0


async def test_a_message_stays_with_its_account_when_the_mapping_changes(
    store: Store, connection: asyncpg.Connection
) -> None:
    await record(store, ARRIVED, ANA)
    await connection.execute("update smtp_credential set account_id = 2")
    await record(store, ARRIVED, DELIVERED)
    assert await rows(connection) == [(1, "ana@ok.test", "DELIVERED")]


async def test_the_relays_own_notifications_are_nobodys_activity(store: Store, connection: asyncpg.Connection) -> None:
    bounce = long(Reported, 2, status=Status.HARD_BOUNCE, recipient="b@northwind.example", response="550 no")
    events: list[DeliveryEvent] = [long(NotificationMade), bounce]
    for order in permutations(events):
        await record(store, *order[:1])
        await record(store, *order[1:])
        assert await rows(connection) == []
        assert await count(connection, "parked_event") == 0


async def test_a_short_queue_id_means_the_message_that_was_open_then(
    store: Store, connection: asyncpg.Connection
) -> None:
    def life(start: int, recipient: str) -> list[DeliveryEvent]:
        return [
            short(Arrived, start, credential="northwind@relay1"),
            short(Reported, start + 2, status=Status.DELIVERED, recipient=recipient, response="250"),
            short(Removed, start + 2),
        ]

    first, second = life(0, "ana@ok.test"), life(600, "bob@ok.test")
    await record(store, *second)
    await record(store, first[1], first[2])
    assert await rows(connection, "recipient, sent_at") == [("bob@ok.test", after(600))]
    await record(store, first[0])
    assert await rows(connection, "recipient, sent_at") == [("ana@ok.test", START), ("bob@ok.test", after(600))]


async def test_a_first_recipient_at_the_end_of_one_log_joins_the_message_at_the_start_of_the_next(
    store: Store, connection: asyncpg.Connection
) -> None:
    first = Accepted(relay="relay1", queue_id="", occurred_at=START, recipient="ana@ok.test", process="smtpd[1]")
    opening = long(Arrived, credential="northwind@relay1", service="smtpd", process="smtpd[1]", first_of_process=True)
    events: list[DeliveryEvent] = [first, opening]
    for order in permutations(events):
        await connection.execute("truncate smtp_activity, smtp_event, relay_message, parked_event")
        for event in order:
            await record(store, event)
        assert await rows(connection) == [(1, "ana@ok.test", "ACCEPTED")]
        assert await count(connection, "parked_event") == 0


async def test_a_first_recipient_does_not_join_the_message_of_another_sender(
    store: Store, connection: asyncpg.Connection
) -> None:
    taken: dict[str, Any] = {"credential": "northwind@relay1", "process": "smtpd[1]", "first_of_process": True}
    sender: dict[str, Any] = {"envelope_sender": "b@northwind.example"}
    first = Accepted(
        relay="relay1", queue_id="", occurred_at=START, recipient="ana@ok.test", process="smtpd[1]", **sender
    )
    others: list[DeliveryEvent] = [short(Arrived, 60, **taken), short(Described, 60, envelope_sender="o@x.example")]
    its_own: list[DeliveryEvent] = [long(Arrived, 120, **taken), long(Described, 120, **sender)]
    for order in permutations([others, its_own]):
        await connection.execute("truncate smtp_activity, smtp_event, relay_message, parked_event")
        for events in order:
            await record(store, *events)
        await record(store, first)
        assert await rows(connection, "recipient, queue_id") == [("ana@ok.test", LONG)]


async def test_a_filter_between_is_no_delivery_and_its_second_leg_reports_to_the_first(
    store: Store, connection: asyncpg.Connection
) -> None:
    events: list[DeliveryEvent] = [
        ARRIVED,
        long(HandedOn, 1, next_queue_id="7D06A2CC4D", recipient="team@a.test", delivered_to="ana@ok.test"),
        short(Arrived, 1, client_address="192.0.2.10"),
        short(Reported, 2, status=Status.DEFERRED, recipient="ana@ok.test", response="451 later"),
        short(Expired, 9),
    ]
    for order in permutations(events):
        await connection.execute("truncate smtp_activity, smtp_event, relay_message, parked_event")
        for event in order:
            await record(store, event)
        assert await rows(connection, "recipient, delivered_to, status, queue_id") == [
            ("team@a.test", "ana@ok.test", "SOFT_BOUNCE", LONG)
        ]


async def test_a_second_leg_is_found_by_its_message_id_when_the_filter_names_no_queue_id(
    store: Store, connection: asyncpg.Connection
) -> None:
    named = long(Described, message_id="0.0@northwind.example")
    await record(store, ARRIVED, named, long(HandedOn, 1, recipient="ana@ok.test"))
    await record(
        store,
        short(Arrived, 1, client_address="192.0.2.10"),
        short(Described, 1, message_id="0.0@northwind.example"),
        short(Reported, 2, status=Status.DELIVERED, recipient="ana@ok.test", response="250"),
    )
    assert await rows(connection, "recipient, status, queue_id") == [("ana@ok.test", "DELIVERED", LONG)]


async def test_events_out_of_bounds_are_counted_and_left_out(store: Store, connection: asyncpg.Connection) -> None:
    old = short(Arrived, -401 * 86_400, credential="northwind@relay1")
    ahead = short(Arrived, 2 * 86_400, credential="northwind@relay1")
    assert (await record(store, old, ahead)).out_of_bounds == 2
    assert await count(connection, "relay_message") == 0


async def test_an_old_log_makes_the_months_that_it_needs(store: Store, connection: asyncpg.Connection) -> None:
    year_ago = -365 * 86_400
    await record(
        store,
        short(Arrived, year_ago, credential="northwind@relay1"),
        short(Reported, year_ago + 1, status=Status.DELIVERED, recipient="ana@ok.test", response="250"),
    )
    assert await rows(connection) == [(1, "ana@ok.test", "DELIVERED")]


async def test_answers_are_read_with_the_operators_own_rules_first(
    store: Store, connection: asyncpg.Connection
) -> None:
    own = OwnRules((OwnRule(re.compile("later"), ReasonCategory.CANCELLED, {}),))
    classifier = Classifier(own, version=-7)
    store = await Store.open(connection, rules=RULES, retention=timedelta(days=400), classifier=classifier)
    await record(store, *MESSAGE)
    assert await rows(connection, "recipient, reason_category, classifier_version") == [
        ("ana@ok.test", None, -7),
        ("bob@slow.test", "CANCELLED", -7),
    ]
    reasons = "select reason_category from smtp_event where reason_category is not null"
    assert [tuple(row) for row in await connection.fetch(reasons)] == [("CANCELLED",)]
