"""Rows that are drafted from events alone are those that weighing all of it comes to, or they are not written."""

from datetime import datetime, timedelta
from typing import Any, TypeVar

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from database.draft import Draft
from database.erasures import remember_erasure
from database.store import Recorded, Store
from models.erasure import address_digest
from models.event import Accepted, Arrived, DeliveryEvent, Described, Event, Expired, Queued, Removed, Reported
from models.status import Status
from tests.database.erased import NOW, contents, store

__all__ = ("store",)

E = TypeVar("E", bound=Event)
START = NOW - timedelta(minutes=10)
ACME = "acme@relay1.example.net"


def said(kind: type[E], seconds: int = 0, *, start: datetime = START, short: bool = False, **more: Any) -> E:
    """An event of one message, whose queue id tells its arrival or does not."""
    named = {"queue_id": "7D06A2CC4D"} if short else {"queue_id": "4jLong", "arrived_at": start}
    return kind(**{"relay": "relay1", "occurred_at": start + timedelta(seconds=seconds), **named, **more})


def usual(ana: str = "Ana@ok.test", **how: Any) -> list[DeliveryEvent]:
    """All that a relay says of a usual message."""
    answer = {"remote_host": "mx[192.0.2.1]:25", "attempted": True, **how}
    return [
        said(Arrived, credential=ACME, client_address="192.0.2.7", service="smtpd", process="smtpd[1]", **how),
        said(Accepted, recipient=ana, envelope_sender="b@acme.example", **how),
        said(Described, 1, sender="news@acme.example", subject="Réservation", message_id="1@acme.example", **how),
        said(Queued, 1, **how),
        said(Accepted, 1, recipient="bob@slow.test", **how),
        said(Reported, 2, status=Status.DELIVERED, recipient=ana, response="250 Ok", **answer),
        said(Reported, 2, status=Status.DEFERRED, recipient="bob@slow.test", response="451 4.3.2 later", **answer),
        said(Queued, 3, **how),
        said(Reported, 4, status=Status.DEFERRED, recipient="bob@slow.test", smtp_code=450, **answer),
        said(Removed, 5, **how),
    ]


def unusual(**how: Any) -> st.SearchStrategy[DeliveryEvent]:
    """What a message may say besides."""
    seconds = st.sampled_from([-1, 0, 1, 2, 4, 5, 64, 66, 90])
    return st.one_of(
        seconds.map(lambda at: said(Removed, at, **how)),
        seconds.map(lambda at: said(Expired, at, **how)),
        seconds.map(lambda at: said(Queued, at, **how)),
        seconds.map(lambda at: said(Arrived, at, credential=ACME, **how)),
        seconds.map(lambda at: said(Accepted, at, recipient="eva@ok.test", envelope_sender="c@acme.example", **how)),
        seconds.map(lambda at: said(Described, at, envelope_sender="d@acme.example", subject="another", **how)),
        st.builds(
            lambda at, status, recipient, delivered_to, tied: said(
                Reported,
                at,
                status=status,
                recipient=recipient,
                delivered_to=delivered_to,
                tied=tied or status is Status.REJECTED,  # what nobody is tied to was sent
                **how,
            ),
            seconds,
            st.sampled_from(Status),
            st.sampled_from(["Ana@ok.test", "bob@slow.test", "eva@ok.test"]),
            st.sampled_from([None, None, None, "eva@ok.test"]),
            st.sampled_from([True, True, False]),
        ),
    )


@st.composite
def messages(draw: st.DrawFn) -> list[DeliveryEvent]:
    """Events of one queue id: a usual message, with some of it gone, some more of it, in this order or another."""
    how: dict[str, Any] = {"short": draw(st.booleans()), "instance": draw(st.sampled_from(["", "postfix-out"]))}
    whole = usual(**how)
    gone = draw(st.sets(st.integers(0, len(whole) - 1), max_size=3))
    events = [event for number, event in enumerate(whole) if number not in gone]
    for one in draw(st.lists(unusual(**how) | unusual(relay="relay2"), max_size=2)):
        events.insert(draw(st.integers(0, len(events))), one)
    return draw(st.permutations(events)) if draw(st.booleans()) else events


async def forget(connection: asyncpg.Connection) -> None:
    await connection.execute("truncate smtp_activity, smtp_event, relay_message, parked_event, unattributed_event")


def drafted(store: Store, events: list[DeliveryEvent]) -> Draft:
    *_, draft = store.drafts(events, NOW)
    assert draft is not None
    return draft


async def weighed(store: Store, connection: asyncpg.Connection, events: list[DeliveryEvent]) -> Any:
    """What events come to that nobody drafted."""
    await store.record_draft(Draft(NOW, rest=events), None)
    rows = await contents(connection)
    await forget(connection)
    return rows


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(messages())
async def test_a_draft_comes_to_what_weighing_comes_to(
    store: Store, connection: asyncpg.Connection, events: list[DeliveryEvent]
) -> None:
    await forget(connection)
    expected = await weighed(store, connection, events)
    await store.record(events, None, NOW)
    assert await contents(connection) == expected


@pytest.mark.parametrize("short", [False, True])
@pytest.mark.parametrize("days", [0, 3])
async def test_a_usual_message_is_drafted_and_written_as_it_is(
    store: Store, connection: asyncpg.Connection, short: bool, days: int
) -> None:
    events = usual(short=short, start=START - timedelta(days=days))
    expected = await weighed(store, connection, events)
    draft = drafted(store, events)
    assert draft.rest == []
    assert await store.record_draft(draft, None) == Recorded(new_rows=2, changed_rows=0, out_of_bounds=0)
    assert len(draft.messages) == 1
    assert await contents(connection) == expected


@pytest.mark.parametrize("known", range(1, 9))
async def test_a_message_of_which_something_became_known_meanwhile_is_weighed(
    store: Store, connection: asyncpg.Connection, known: int
) -> None:
    whole = usual()
    expected = await weighed(store, connection, whole)
    draft = drafted(store, whole)
    await store.record(whole[known:], None, NOW)
    await store.record_draft(draft, None)
    assert draft.messages == []
    assert await contents(connection) == expected


async def test_a_user_name_that_changed_hands_meanwhile_counts_as_it_is(
    store: Store, connection: asyncpg.Connection
) -> None:
    draft = drafted(store, usual())
    assert draft.messages[0].facts.account_id == 2
    await connection.execute("update smtp_credential set account_id = 3 where user_name = $1", ACME)
    await store.record_draft(draft, None)
    assert await connection.fetchval("select distinct account_id from smtp_activity") == 3
    assert drafted(store, usual()).messages[0].facts.account_id == 3


async def test_a_user_name_that_is_nobodys_any_more_attributes_nothing(
    store: Store, connection: asyncpg.Connection
) -> None:
    draft = drafted(store, usual())
    await connection.execute("delete from smtp_credential where user_name = $1", ACME)
    assert (await store.record_draft(draft, None)).new_rows == 0
    assert await connection.fetchval("select count(*) from unattributed_event") > 0


async def test_a_new_user_name_is_drafted_by_from_its_second_batch_on(
    store: Store, connection: asyncpg.Connection
) -> None:
    await connection.execute("insert into smtp_credential values ('new', 3)")
    arrived, *more = usual()
    assert isinstance(arrived, Arrived)
    events = [said(Arrived, credential="new"), *more]
    assert drafted(store, events).messages == []
    await store.record(events, None, NOW)
    assert len(drafted(store, events).messages) == 1


@pytest.mark.parametrize("pseudonymised", [False, True])
async def test_an_address_that_was_erased_meanwhile_is_not_written(
    store: Store, connection: asyncpg.Connection, pseudonymised: bool
) -> None:
    events, other = usual(), usual("eva@ok.test", queue_id="4jOther")
    draft = drafted(store, [*events, *other])
    key = await connection.fetchval("select id_key from installation")
    digest = address_digest(key, "ana@ok.test")
    await remember_erasure(connection, digest=digest, account_id=2, erased_at=NOW, pseudonymised=pseudonymised)
    expected = await weighed(store, connection, [*events, *other])
    await store.record_draft(draft, None)
    assert [message.facts.queue_id for message in draft.messages] == ["4jOther"]
    assert await contents(connection) == expected


@pytest.mark.parametrize("kept_days", [2, 3])
async def test_a_message_that_its_account_keeps_no_more_is_out_of_bounds(
    store: Store, connection: asyncpg.Connection, kept_days: int
) -> None:
    events = usual(start=START - timedelta(days=2))
    await connection.execute("update account set retention_days = $1 where id = 2", kept_days)
    new_rows = 2 if kept_days == 3 else 0
    assert (await store.record(events, None, NOW)).new_rows == new_rows


async def test_an_old_message_that_has_rows_and_was_forgotten_is_weighed(
    store: Store, connection: asyncpg.Connection
) -> None:
    events = usual(start=START - timedelta(days=2))
    await store.record(events, None, NOW)
    expected = await contents(connection)
    await connection.execute("delete from relay_message")
    draft = drafted(store, events)
    assert await store.record_draft(draft, None) == Recorded(new_rows=0, changed_rows=0, out_of_bounds=0)
    assert draft.messages == []
    assert await contents(connection) == expected


async def test_rows_that_are_there_after_all_are_merged(store: Store, connection: asyncpg.Connection) -> None:
    await store.record(usual(), None, NOW)
    expected = await contents(connection)
    await connection.execute("delete from relay_message")
    draft = drafted(store, usual())
    await store.record_draft(draft, None)
    assert len(draft.messages) == 1
    assert await contents(connection) == expected


async def test_what_came_from_the_future_is_out_of_bounds(store: Store) -> None:
    events = usual(start=NOW + timedelta(days=2))
    assert await store.record(events, None, NOW) == Recorded(new_rows=0, changed_rows=0, out_of_bounds=len(events))
