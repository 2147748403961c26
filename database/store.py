"""Recording events: each batch in one transaction with its source's position; nothing is lost or counted twice."""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from operator import attrgetter
from typing import NamedTuple

import asyncpg

from database.batch import LATE_BOUNCES, Batch
from database.erasures import load_erasures
from database.fates import Fate, Fates
from database.late_bounces import settle_bounces
from database.new_rows import write_new
from database.owners import load_owners
from database.partitions import ensure_months
from database.recipients_of import Change, load_recipients, project_new
from database.retention import Retention
from database.rows import MERGE_ACTIVITIES, MERGE_EVENTS, delete_activities, delete_events
from database.shelf import PARKED, UNATTRIBUTED, Kept, ShelfKey, parked_rows, unattributed_rows
from database.source_progress import SourceProgress, save_progress
from database.working_memory import MERGE_MESSAGES, load_messages, save_memory
from models.attribution import AttributionRules
from models.classifier import BUILT_IN, Classifier
from models.erasure import named_addresses
from models.event import Accepted, Arrived, DeliveryEvent, Described, HandedOn
from models.working_memory import WorkingMemory, references

# Beyond this the relay's clock is wrong, and a row would stand above all others for days.
AHEAD_AT_MOST = timedelta(days=1)

# One writer at a time: two readers of one message's lines must not overlook each other's (docs/decisions/0005).
ONE_WRITER = "select pg_advisory_xact_lock(hashtext('smtp-activity'), hashtext('record'))"
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_occurred_at = attrgetter("occurred_at")

# A plan that was right when the tables were empty would scan them when they are full.
_PLAN_ANEW = "set local plan_cache_mode = force_custom_plan"


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a batch came to: rows made, rows changed, events out of bounds (left out): too old, or from the future."""

    new_rows: int
    changed_rows: int
    out_of_bounds: int


class _TakenIn(NamedTuple):
    """What became of a batch; `too_old` events were left out because their message is, for its account."""

    batch: Batch
    change: Change
    too_old: int


class Store:
    """Writes events. `id_key` is the installation's; `retention` how far back a message is still stored."""

    def __init__(
        self,
        connection: asyncpg.Connection,
        *,
        id_key: bytes,
        rules: AttributionRules,
        retention: timedelta,
        classifier: Classifier,
    ) -> None:
        self._connection = connection
        self._id_key = id_key
        self._rules = rules
        self._retention = Retention(retention)
        self._classifier = classifier

    @classmethod
    async def open(
        cls,
        connection: asyncpg.Connection,
        *,
        rules: AttributionRules,
        retention: timedelta,
        classifier: Classifier = BUILT_IN,
    ) -> "Store":
        """A store on a connection of its own."""
        for merge in (MERGE_MESSAGES, PARKED.merge, UNATTRIBUTED.merge, MERGE_ACTIVITIES, MERGE_EVENTS):
            await connection.execute(merge.create)
        # The installation's key. One row, by primary key.
        id_key = await connection.fetchval("select id_key from installation where id = 1")
        return cls(connection, id_key=id_key, rules=rules, retention=retention, classifier=classifier)

    async def record(self, events: Sequence[DeliveryEvent], progress: SourceProgress | None, now: datetime) -> Recorded:
        """Take in a batch of events, in any order, and how far their source was read."""
        within = self._within_bounds(events, now)
        await ensure_months(self._connection, _months(within))
        async with self._writing():
            _, change, too_old = await self._take_in(within, now)
            if progress is not None:
                newest = max(map(_occurred_at, within), default=None)
                await save_progress(self._connection, progress, recorded_up_to=newest, now=now)
        return Recorded(len(change.new_rows), len(change.changed_rows), len(events) - len(within) + too_old)

    async def record_each(self, events: Sequence[DeliveryEvent], now: datetime) -> list[Fate]:
        """Take in a batch of events that tell their message's arrival; what became of each."""
        within = self._within_bounds(events, now)
        await ensure_months(self._connection, _months(within))
        async with self._writing():
            batch, change, _ = await self._take_in(within, now)
        fates, kept = Fates(self._id_key, batch, change), set(map(id, within))
        return [fates.of(event) if id(event) in kept else Fate.OUT_OF_BOUNDS for event in events]

    async def retry(self, again: Collection[str], now: datetime) -> Recorded:
        """Take in again what was put aside under these names because nobody could tell its account."""
        async with self._writing():
            _, change, too_old = await self._take_in((), now, again)
        return Recorded(len(change.new_rows), len(change.changed_rows), too_old)

    async def settle_bounces(self, now: datetime) -> Recorded:
        """Find the messages of the bounces out of band that wait; those that still may be told later stay."""
        async with self._writing():
            waiting = await PARKED.load(self._connection, {LATE_BOUNCES})
            settled = await settle_bounces(self._connection, waiting, now) if waiting else []
            reports = [one.report for one in settled if one.report is not None]
            _, change, too_old = await self._take_in(reports, now)
            await PARKED.replace(self._connection, [one.kept.key for one in settled], {})
        return Recorded(len(change.new_rows), len(change.changed_rows), too_old)

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[None]:
        async with self._connection.transaction():
            await self._connection.execute(ONE_WRITER)
            await self._connection.execute(_PLAN_ANEW)
            yield

    async def _take_in(self, events: Sequence[DeliveryEvent], now: datetime, again: Collection[str] = ()) -> _TakenIn:
        memory, parked, unattributed = await self._recall(events, again)
        everything = [*(kept.event for kept in (*parked, *unattributed)), *events]
        batch = Batch(memory, everything, self._rules)
        addresses = (address for event in everything for address in named_addresses(event))
        erasures = await load_erasures(self._connection, self._id_key, addresses)
        batch.assign(await load_owners(self._connection, batch.orphans()), erasures)
        too_old = await self._retention.leave_out(self._connection, batch, now)
        await save_memory(self._connection, memory, now)
        await PARKED.replace(self._connection, _keys(parked), parked_rows(batch.waiting, now))
        await UNATTRIBUTED.replace(self._connection, _keys(unattributed), unattributed_rows(batch.unattributed, now))
        change = await load_recipients(self._connection, self._id_key, batch, self._classifier, now)
        await delete_activities(self._connection, change.superseded)
        await delete_events(self._connection, change.disproved_events)
        await MERGE_ACTIVITIES.run(self._connection, change.changed_rows)
        await MERGE_ACTIVITIES.add(self._connection, change.new_rows)
        await MERGE_EVENTS.add(self._connection, change.new_events)
        await write_new(self._connection, project_new(change, self._id_key, self._classifier), change)
        return _TakenIn(batch, change, too_old)

    async def _recall(
        self, events: Sequence[DeliveryEvent], again: Collection[str]
    ) -> tuple[WorkingMemory, list[Kept], list[Kept]]:
        """What is known already of the messages that these events speak of, and what waits for them."""
        queue_ids, arriving, waiting_first, message_ids = _named(events)
        queue_ids.update(again)
        memory = WorkingMemory(await load_messages(self._connection, queue_ids=queue_ids, processes=waiting_first))
        named = {reference for facts in memory.messages.values() for reference in references(facts)}
        parked = await PARKED.load(self._connection, queue_ids | arriving | named | message_ids)
        links = [kept.event for kept in parked if isinstance(kept.event, HandedOn)]
        if links:  # the earlier legs of messages that were handed on
            earlier = {link.queue_id for link in links}
            memory.add_stored(await load_messages(self._connection, queue_ids=earlier))
        return memory, parked, await UNATTRIBUTED.load(self._connection, queue_ids)

    def _within_bounds(self, events: Sequence[DeliveryEvent], now: datetime) -> list[DeliveryEvent]:
        earliest, latest = self._retention.earliest(now), now + AHEAD_AT_MOST
        return [
            event
            for event in events
            if (event.arrived_at or event.occurred_at) >= earliest and event.occurred_at <= latest
        ]


class _Named(NamedTuple):
    """What events speak of, by what it may be known by.

    Queue ids of messages, their next legs included; processes whose first recipient may be parked; processes whose next
    message a first recipient looks for; references to Message-IDs.
    """

    queue_ids: set[str]
    arriving: set[str]
    waiting_first: set[str]
    message_ids: set[str]


def _named(events: Sequence[DeliveryEvent]) -> _Named:
    named = _Named({event.queue_id for event in events}, set(), set(), set())
    named.queue_ids.discard("")
    for event in events:
        if isinstance(event, Described):
            if event.message_id:
                named.message_ids.add(f"message-id:{event.message_id}")
        elif isinstance(event, Arrived):
            if event.first_of_process:
                named.arriving.add(event.process)
        elif isinstance(event, Accepted):
            if not event.queue_id:
                named.waiting_first.add(event.process)
        elif isinstance(event, HandedOn) and event.next_queue_id:
            named.queue_ids.add(event.next_queue_id)
    return named


def _months(events: Sequence[DeliveryEvent]) -> set[date]:
    months = set()
    first = end = _LONG_AGO
    for instant in {event.arrived_at or event.occurred_at for event in events}:
        if not first <= instant < end:  # nearly all are of one month
            day = instant.astimezone(UTC).date().replace(day=1)
            first = datetime(day.year, day.month, 1, tzinfo=UTC)
            end = first + timedelta(days=28)
            months.add(day)
    return months


def _keys(kept: Collection[Kept]) -> list[ShelfKey]:
    return [key for key, _ in kept]
