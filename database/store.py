"""Recording events: each batch in one transaction with its source's position; nothing is lost or counted twice."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

import asyncpg

from database.batch import LATE_BOUNCES, Batch
from database.confirmed import keep_new, keep_owned, keep_unerased, keep_unknown
from database.draft import Bounds, Draft, Drawing
from database.drafted_rows import write_drafted
from database.erasures import load_erasures
from database.fates import Fate, Fates
from database.late_bounces import settle_bounces
from database.owners import also, load_owners, owners_at_hand
from database.partitions import ensure_months
from database.recipients_of import Change, load_recipients
from database.retention import Retention
from database.rows import MERGE_ACTIVITIES, MERGE_EVENTS, delete_activities, delete_events
from database.shelf import PARKED, UNATTRIBUTED, Kept, ShelfKey, parked_rows, unattributed_rows
from database.source_progress import SourceProgress, save_progress
from database.usual_rows import UsualRowsWriter
from database.working_memory import MERGE_MESSAGES, load_messages, save_memory
from models.attribution import AttributionRules, Owners
from models.classifier import BUILT_IN, Classifier
from models.erasure import named_addresses
from models.event import Accepted, Arrived, DeliveryEvent, Described, HandedOn
from models.working_memory import WorkingMemory, references

# Beyond this the relay's clock is wrong, and a row would stand above all others for days.
AHEAD_AT_MOST = timedelta(days=1)

# One writer at a time: two readers of one message's lines must not overlook each other's (docs/decisions/0005).
ONE_WRITER = "select pg_advisory_xact_lock(hashtext('smtp-activity'), hashtext('record'))"
_LONG_AGO = datetime.min.replace(tzinfo=UTC)

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
        at_hand: Owners,
    ) -> None:
        self._connection = connection
        # What drafts go by, until their transaction asks again.
        self._at_hand = at_hand
        self._id_key = id_key
        self._rules = rules
        self._retention = Retention(retention)
        self._classifier = classifier
        # Whether PostgreSQL has work for some time, or none at all.
        self._is_writing = asyncio.Event()
        self._is_writing.set()

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
        at_hand = await owners_at_hand(connection)
        return cls(connection, id_key=id_key, rules=rules, retention=retention, classifier=classifier, at_hand=at_hand)

    async def record(self, events: Sequence[DeliveryEvent], progress: SourceProgress | None, now: datetime) -> Recorded:
        """Take in a batch of events, in any order, and how far their source was read."""
        *_, draft = self.drafts(events, now)
        assert draft is not None  # noqa: S101  # It comes last.
        return await self.record_draft(draft, progress)

    def drafts(self, events: Sequence[DeliveryEvent], now: datetime) -> Iterator[Draft | None]:
        """The draft of a batch, made a part at a time: None, but for the last."""
        writer = UsualRowsWriter(self._id_key, self._classifier, now)
        return Drawing(self._rules, self._at_hand, self._bounds(now), writer).drafts(events, now)

    async def time_to_draft(self) -> None:
        """Wait as long as a batch is being recorded of which nothing is written yet: it would wait for the draft."""
        await self._is_writing.wait()

    async def record_draft(self, draft: Draft, progress: SourceProgress | None) -> Recorded:
        """The same of a batch that was drafted, at the time of its draft."""
        self._is_writing.clear()
        try:
            await ensure_months(self._connection, _months(draft))
            async with self._writing():
                _, change, too_old = await self._take_in(draft)
                if progress is not None:
                    await save_progress(self._connection, progress, recorded_up_to=draft.newest, now=draft.now)
        finally:
            self._is_writing.set()
        return Recorded(len(change.new_rows) + draft.new_rows, len(change.changed_rows), draft.out_of_bounds + too_old)

    async def record_each(self, events: Sequence[DeliveryEvent], now: datetime) -> list[Fate]:
        """Take in a batch of events that tell their message's arrival; what became of each."""
        # All is weighed: a draft knows nothing of a single event.
        within = Draft(now, rest=list(filter(self._bounds(now).hold, events)))
        await ensure_months(self._connection, _months(within))
        async with self._writing():
            batch, change, _ = await self._take_in(within)
        fates, kept = Fates(self._id_key, batch, change), set(map(id, within.rest))
        return [fates.of(event) if id(event) in kept else Fate.OUT_OF_BOUNDS for event in events]

    async def retry(self, again: Collection[str], now: datetime) -> Recorded:
        """Take in again what was put aside under these names because nobody could tell its account."""
        async with self._writing():
            _, change, too_old = await self._take_in(Draft(now), again)
        return Recorded(len(change.new_rows), len(change.changed_rows), too_old)

    async def settle_bounces(self, now: datetime) -> Recorded:
        """Find the messages of the bounces out of band that wait; those that still may be told later stay."""
        async with self._writing():
            waiting = await PARKED.load(self._connection, {LATE_BOUNCES})
            settled = await settle_bounces(self._connection, waiting, now) if waiting else []
            reports: list[DeliveryEvent] = [one.report for one in settled if one.report is not None]
            _, change, too_old = await self._take_in(Draft(now, rest=reports))
            await PARKED.replace(self._connection, [one.kept.key for one in settled], {})
        return Recorded(len(change.new_rows), len(change.changed_rows), too_old)

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[None]:
        async with self._connection.transaction():
            await self._connection.execute(ONE_WRITER)
            await self._connection.execute(_PLAN_ANEW)
            yield

    async def _take_in(self, draft: Draft, again: Collection[str] = ()) -> _TakenIn:
        now = draft.now
        memory, parked, unattributed = await self._recall(draft, again)
        waited = [kept.event for kept in (*parked, *unattributed)]
        erasures = await load_erasures(self._connection, self._id_key, _addresses(draft, waited))
        if draft.messages:
            keep_unknown(draft, memory.messages.values(), (*parked, *unattributed))
            keep_unerased(draft, erasures)
            await self._confirm(draft)
        batch = Batch(memory, [*waited, *draft.rest], self._rules)
        owners = await load_owners(self._connection, batch.orphans())
        self._at_hand = also(self._at_hand, owners)
        batch.assign(owners, erasures)
        too_old = await self._retention.leave_out(self._connection, batch, now)
        await save_memory(self._connection, memory, now)
        await PARKED.replace(self._connection, _keys(parked), parked_rows(batch.waiting, now))
        await UNATTRIBUTED.replace(self._connection, _keys(unattributed), unattributed_rows(batch.unattributed, now))
        change = await load_recipients(self._connection, self._id_key, batch, self._classifier, now)
        self._is_writing.set()
        await delete_activities(self._connection, change.superseded)
        await delete_events(self._connection, change.disproved_events)
        await MERGE_ACTIVITIES.run(self._connection, change.changed_rows)
        await MERGE_ACTIVITIES.add(self._connection, change.new_rows)
        await MERGE_EVENTS.add(self._connection, change.new_events)
        await write_drafted(self._connection, draft)
        return _TakenIn(batch, change, too_old)

    async def _confirm(self, draft: Draft) -> None:
        owners = await keep_owned(self._connection, draft, self._rules, self._at_hand)
        self._at_hand = also(self._at_hand, owners)
        await keep_new(self._connection, draft, self._id_key, self._retention)

    async def _recall(self, draft: Draft, again: Collection[str]) -> tuple[WorkingMemory, list[Kept], list[Kept]]:
        """What is known already of the messages that a draft speaks of, and what waits for them."""
        queue_ids, arriving, waiting_first, message_ids = _named(draft)
        queue_ids.update(again)
        memory = WorkingMemory(await load_messages(self._connection, queue_ids=queue_ids, processes=waiting_first))
        named = {reference for facts in memory.messages.values() for reference in references(facts)}
        parked = await PARKED.load(self._connection, queue_ids | arriving | named | message_ids)
        links = [kept.event for kept in parked if isinstance(kept.event, HandedOn)]
        if links:  # the earlier legs of messages that were handed on
            earlier = {link.queue_id for link in links}
            memory.add_stored(await load_messages(self._connection, queue_ids=earlier))
        return memory, parked, await UNATTRIBUTED.load(self._connection, queue_ids)

    def _bounds(self, now: datetime) -> Bounds:
        return Bounds(self._retention.earliest(now), now + AHEAD_AT_MOST)


class _Named(NamedTuple):
    """What events speak of, by what it may be known by.

    Queue ids of messages, their next legs included; processes whose first recipient may be parked; processes whose next
    message a first recipient looks for; references to Message-IDs.
    """

    queue_ids: set[str]
    arriving: set[str]
    waiting_first: set[str]
    message_ids: set[str]


def _named(draft: Draft) -> _Named:
    named = _Named({event.queue_id for event in draft.rest}, set(), set(), set())
    named.queue_ids.discard("")
    for message in draft.messages:
        named.queue_ids.add(message.facts.queue_id)
        if message.facts.message_id:
            named.message_ids.add(f"message-id:{message.facts.message_id}")
    for event in draft.rest:
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


def _months(draft: Draft) -> set[date]:
    months = set()
    first = end = _LONG_AGO
    arrivals = {message.facts.arrived_at for message in draft.messages}
    arrivals.update(event.arrived_at or event.occurred_at for event in draft.rest)
    for instant in arrivals:
        if not first <= instant < end:  # nearly all are of one month
            day = instant.astimezone(UTC).date().replace(day=1)
            first = datetime(day.year, day.month, 1, tzinfo=UTC)
            end = first + timedelta(days=28)
            months.add(day)
    return months


def _addresses(draft: Draft, waited: Sequence[DeliveryEvent]) -> Iterator[str]:
    for message in draft.messages:
        yield from message.addresses()
    for event in (*waited, *draft.rest):
        yield from named_addresses(event)


def _keys(kept: Collection[Kept]) -> list[ShelfKey]:
    return [key for key, _ in kept]
