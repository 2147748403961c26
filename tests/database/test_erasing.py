"""Erasing an address: what goes, what stays under a pseudonym, and what was not meant."""

from datetime import timedelta
from typing import Any, TypeVar

import asyncpg
import pytest

from database.erasing import ErasedRows, Eraser
from database.store import Store
from models.attribution import AttributionRules
from models.classifier import BUILT_IN
from models.event import Accepted, Arrived, DeliveryEvent, Described, Event, HandedOn, Refused, Removed, Reported
from models.status import Status
from tests.database.erased import KEYS, NOW, contents, store, tables_that_name

__all__ = ("store",)

E = TypeVar("E", bound=Event)
START = NOW - timedelta(minutes=10)
ANA = "Ana@ok.test"
QUEUE_IDS = {"northwind": "4jNorthwind", "acme": "4jAcme"}


@pytest.fixture
async def eraser(store: Store, connection: asyncpg.Connection) -> Eraser:
    return await Eraser.open(connection, BUILT_IN)


def said(kind: type[E], seconds: int = 0, *, of: str = "northwind", **more: Any) -> E:
    """An event of an account's message."""
    when = START + timedelta(seconds=seconds)
    return kind(relay="relay1", queue_id=QUEUE_IDS[of], arrived_at=START, occurred_at=when, **more)


def arrived(of: str = "northwind") -> Arrived:
    return said(Arrived, of=of, credential=f"{of}@relay1.example.net", service="smtpd")


def bounced(recipient: str, of: str = "northwind", **more: Any) -> Reported:
    response = f"550 5.1.1 <{recipient}>: unknown"
    return said(Reported, 2, of=of, status=Status.HARD_BOUNCE, recipient=recipient, response=response, **more)


async def record(store: Store, *events: DeliveryEvent) -> None:
    await store.record(events, None, NOW)


async def rows(
    connection: asyncpg.Connection, columns: str = "recipient, delivered_to, status"
) -> list[tuple[Any, ...]]:
    query = f"select {columns} from smtp_activity order by account_id, recipient, delivered_to"  # noqa: S608
    return [tuple(record) for record in await connection.fetch(query)]


async def test_a_removed_address_takes_its_rows_and_their_events_with_it(
    store: Store, connection: asyncpg.Connection, eraser: Eraser
) -> None:
    other = said(
        Reported, 3, status=Status.DEFERRED, recipient="bob@slow.test", response="451 as for ana@ok.test, later"
    )
    subject = said(Described, envelope_sender="b@northwind.example", subject="For ANA@ok.test: news")
    await record(store, arrived(), subject, said(Accepted, recipient=ANA), bounced(ANA), other)
    done = await eraser.erase(1, "ana@OK.test", pseudonymise=False, now=NOW)
    assert done == ErasedRows(
        activities_removed=1, activities_changed=1, events_removed=2, events_changed=1, messages=1
    )
    (row,) = await rows(connection, "recipient, subject, reason_message, search_text")
    assert row[0] == "bob@slow.test"
    for text in row[1:]:
        assert "erased-" in text
    assert await tables_that_name(connection, [ANA]) == []
    assert await connection.fetchval("select count(*) from smtp_event") == 2


async def test_a_pseudonymised_address_keeps_its_rows_and_their_history(
    store: Store, connection: asyncpg.Connection, eraser: Eraser
) -> None:
    await record(store, arrived(), said(Accepted, recipient=ANA), bounced(ANA))
    before = await rows(connection, "status, attempt_count, reason_category, smtp_code, sent_at, status_changed_at")
    done = await eraser.erase(1, ANA, pseudonymise=True, now=NOW)
    assert done == ErasedRows(activities_changed=1, events_changed=2)
    after = await rows(connection, "status, attempt_count, reason_category, smtp_code, sent_at, status_changed_at")
    assert after == before
    ((recipient, search_text),) = await rows(connection, "recipient, search_text")
    assert recipient.startswith("erased-")
    assert search_text.startswith(f"\t{recipient}\t")
    assert await tables_that_name(connection, [ANA]) == []
    events = await connection.fetch(
        "select e.status from smtp_event e join smtp_activity on id = activity_id order by 1"
    )
    assert [record[0] for record in events] == ["ACCEPTED", "HARD_BOUNCE"]


@pytest.mark.parametrize("pseudonymise", [False, True])
async def test_erasing_again_changes_nothing(
    store: Store, connection: asyncpg.Connection, eraser: Eraser, pseudonymise: bool
) -> None:
    await record(store, arrived(), bounced(ANA), bounced("bob@ok.test"))
    await eraser.erase(1, ANA, pseudonymise=pseudonymise, now=NOW)
    before = await contents(connection)
    for address in (ANA, "ana@ok.test"):
        assert await eraser.erase(1, address, pseudonymise=pseudonymise, now=NOW) == ErasedRows()
    assert await eraser.erase_again(NOW) == ErasedRows()
    assert await contents(connection) == before


async def test_what_was_pseudonymised_can_still_be_removed_but_not_the_other_way_round(
    store: Store, connection: asyncpg.Connection, eraser: Eraser
) -> None:
    await record(store, arrived(), bounced(ANA))
    await eraser.erase(1, ANA, pseudonymise=True, now=NOW)
    done = await eraser.erase(1, ANA, pseudonymise=False, now=NOW)
    assert done == ErasedRows(activities_removed=1, events_removed=2)
    await eraser.erase(1, ANA, pseudonymise=True, now=NOW)
    await record(store, arrived(), bounced(ANA))
    assert await rows(connection) == []


async def test_an_alias_and_its_final_address_are_erased_each_for_itself(
    store: Store, connection: asyncpg.Connection, eraser: Eraser
) -> None:
    log = (arrived(), bounced("team@a.test", delivered_to=ANA), bounced("team@a.test", delivered_to="bob@ok.test"))
    await record(store, said(Accepted, recipient="team@a.test"), *log)
    await eraser.erase(1, ANA, pseudonymise=False, now=NOW)
    # The row is one of the alias, which somebody else wrote to: it stays, and tells no more where it led.
    first, second = await rows(connection)
    assert first == ("team@a.test", "bob@ok.test", "HARD_BOUNCE")
    assert second[0] == "team@a.test"
    assert second[1].startswith("erased-")
    assert await tables_that_name(connection, [ANA]) == []
    await eraser.erase(1, "team@a.test", pseudonymise=False, now=NOW)
    assert await rows(connection) == []
    await record(store, said(Accepted, recipient="team@a.test"), *log)
    assert await rows(connection) == []


async def test_another_accounts_rows_keep_the_address(
    store: Store, connection: asyncpg.Connection, eraser: Eraser
) -> None:
    log = [event for of in QUEUE_IDS for event in (arrived(of), said(Accepted, of=of, recipient=ANA), bounced(ANA, of))]
    await record(store, *log)
    await eraser.erase(1, ANA, pseudonymise=False, now=NOW)
    assert await rows(connection, "account_id, recipient, status") == [(2, ANA, "HARD_BOUNCE")]
    before = await contents(connection)
    await record(store, *log)
    assert await contents(connection) == before


async def test_mail_that_arrives_after_an_erasure_is_recorded_as_ever(
    store: Store, connection: asyncpg.Connection, eraser: Eraser
) -> None:
    await eraser.erase(1, ANA, pseudonymise=False, now=START - timedelta(seconds=1))
    await record(store, arrived(), bounced(ANA))
    assert await rows(connection) == [(ANA, None, "HARD_BOUNCE")]
    await eraser.erase(1, ANA, pseudonymise=False, now=START)
    assert await rows(connection) == []


async def test_a_late_event_of_an_erased_message_is_erased_as_well(
    store: Store, connection: asyncpg.Connection, eraser: Eraser
) -> None:
    await record(store, arrived(), said(Accepted, recipient=ANA))
    await eraser.erase(1, ANA, pseudonymise=True, now=START)
    ((pseudonym,),) = await rows(connection, "recipient")
    await record(store, bounced(ANA))
    assert await rows(connection) == [(pseudonym, None, "HARD_BOUNCE")]


@pytest.mark.parametrize(("pseudonymise", "left"), [(False, 0), (True, 1)])
async def test_events_that_wait_for_their_message_are_erased_and_it_decides_what_becomes_of_them(
    store: Store, connection: asyncpg.Connection, eraser: Eraser, pseudonymise: bool, left: int
) -> None:
    await record(store, bounced(ANA))
    assert (await eraser.erase(1, ANA, pseudonymise=pseudonymise, now=NOW)).waiting == 1
    assert await tables_that_name(connection, [ANA]) == []
    waiting = await connection.fetch("select * from parked_event")
    await record(store, bounced(ANA))
    assert await connection.fetch("select * from parked_event") == waiting
    await record(store, arrived())
    assert await connection.fetchval("select count(*) from parked_event") == 0
    assert len(await rows(connection)) == left
    assert await tables_that_name(connection, [ANA]) == []


@pytest.mark.parametrize(("pseudonymise", "left"), [(False, 0), (True, 1)])
async def test_events_of_nobody_are_erased_and_stay_so_when_their_account_is_found(
    store: Store, connection: asyncpg.Connection, eraser: Eraser, pseudonymise: bool, left: int
) -> None:
    refusal = Refused(
        relay="relay1",
        queue_id="",
        occurred_at=START,
        key=f"smtpd[7]\tNOQUEUE: reject: 550 <{ANA}>: no; from=<x@new.example> to=<{ANA}>",
        recipient=ANA,
        envelope_sender="x@new.example",
        client_address="127.0.0.1",
        response=f"550 5.1.1 <{ANA}>: no",
    )
    await record(store, refusal)
    assert (await eraser.erase(1, ANA, pseudonymise=pseudonymise, now=NOW)).unattributed == 1
    assert await tables_that_name(connection, [ANA]) == []
    before = await contents(connection)
    await record(store, refusal)
    assert await contents(connection) == before
    await connection.execute("insert into sending_domain values ('new.example', 1)")
    reference = await connection.fetchval("select reference from unattributed_event")
    assert (await store.retry([reference], NOW)).new_rows == left
    assert await connection.fetchval("select count(*) from unattributed_event") == 0
    found = await contents(connection)
    await record(store, refusal)
    assert await contents(connection) == found
    assert await tables_that_name(connection, [ANA]) == []


def by_a_filter(of: str) -> list[DeliveryEvent]:
    """A message that a filter takes on and brings back as another one."""
    inner: dict[str, Any] = {"relay": "relay1", "queue_id": f"{of}2", "occurred_at": START + timedelta(seconds=1)}
    return [
        arrived(of),
        said(Accepted, of=of, recipient=ANA),
        Arrived(**inner, client_address="127.0.0.9"),
        Reported(**inner, status=Status.HARD_BOUNCE, recipient=ANA, response=f"550 <{ANA}>: no"),
        said(HandedOn, 3, of=of, next_queue_id=f"{of}2", recipient=ANA),
        said(Removed, 3, of=of),
    ]


@pytest.mark.parametrize(("pseudonymise", "left"), [(False, 0), (True, 1)])
@pytest.mark.parametrize("at_once", [1, 2, 3, 12])
async def test_the_next_leg_of_a_message_is_erased_whatever_comes_when_and_not_that_of_another_account(
    connection: asyncpg.Connection, eraser: Eraser, pseudonymise: bool, left: int, at_once: int
) -> None:
    rules = AttributionRules(inner_relays=frozenset({"127.0.0.9:10024"}))
    store = await Store.open(connection, rules=rules, retention=timedelta(days=400))
    await eraser.erase(1, ANA, pseudonymise=pseudonymise, now=NOW)
    log = [*by_a_filter("northwind"), *by_a_filter("acme")]
    for _ in range(2):
        for start in range(0, len(log), at_once):
            await record(store, *log[start : start + at_once])
    of_northwind = [row for row in await rows(connection, "account_id, recipient, status") if row[0] == 1]
    of_acme = [row for row in await rows(connection, "account_id, recipient, status") if row[0] == 2]
    assert of_acme == [(2, ANA, "HARD_BOUNCE")]
    assert [row[2] for row in of_northwind] == ["HARD_BOUNCE"] * left
    assert all(row[1].startswith("erased-") for row in of_northwind)


async def test_what_a_backup_brings_back_is_erased_again(
    store: Store, connection: asyncpg.Connection, eraser: Eraser
) -> None:
    log = (
        arrived(),
        said(Described, subject=f"For {ANA}"),
        bounced(ANA),
        bounced("bob@ok.test"),
        bounced("eve@ok.test"),
    )
    waiting = Accepted(relay="relay1", queue_id="late", occurred_at=START, recipient="eve@ok.test")
    await record(store, *log, waiting)
    await eraser.erase(1, ANA, pseudonymise=False, now=NOW)
    await eraser.erase(1, "eve@ok.test", pseudonymise=True, now=NOW)
    erased = await contents(connection)
    hashes = await connection.fetch("select * from erased_address")
    await connection.execute(f"truncate {', '.join(KEYS)}, erased_address")
    await record(store, *log, waiting)
    assert len(await tables_that_name(connection, [ANA])) > 0
    await connection.executemany("insert into erased_address values ($1, $2, $3, $4)", [tuple(row) for row in hashes])
    done = await eraser.erase_again(NOW)
    assert (done.activities_removed, done.messages, done.waiting) == (1, 1, 1)
    assert await contents(connection) == erased
    assert await tables_that_name(connection, [ANA, "eve@ok.test"]) == []


async def test_no_hash_can_be_made_without_the_installations_key(
    store: Store, connection: asyncpg.Connection, eraser: Eraser
) -> None:
    await eraser.erase(1, ANA, pseudonymise=False, now=NOW)
    before = await connection.fetchval("select digest from erased_address")
    assert len(before) == 12
    other = Eraser(connection, bytes(32), BUILT_IN)
    await other.erase(1, ANA, pseudonymise=False, now=NOW)
    assert await connection.fetchval("select count(distinct digest) from erased_address") == 2


async def test_the_store_looks_erased_addresses_up_once_a_batch_by_their_index(
    store: Store, connection: asyncpg.Connection, eraser: Eraser
) -> None:
    await eraser.erase(1, ANA, pseudonymise=False, now=NOW)
    asked = list[str]()
    connection.add_query_logger(lambda query: asked.append(query.query))
    await record(store, arrived(), *(bounced(f"{number}@ok.test") for number in range(50)))
    look_ups = [query for query in asked if "erased_address" in query and "exists" not in query]
    assert len(look_ups) == 1
    await connection.execute("set enable_seqscan = off")
    plan = await connection.fetch("explain " + look_ups[0].replace("$1", "array['\\x01'::bytea]"))
    await connection.execute("reset enable_seqscan")
    assert "Index Cond" in "".join(line[0] for line in plan)
