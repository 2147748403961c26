"""From a log to the store: read, parse, batch, remember how far. Memory does not grow with the file."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import msgspec

from database.draft import Draft
from database.source_progress import SourceProgress
from database.store import Store
from ingest.ahead import ahead
from ingest.behind import behind
from ingest.garbage import rarely_collected
from ingest.log_file import LogFile
from ingest.parsed import LINES_PER_LARGE_BATCH, Adapter, LogToRead, Parsed, parsed
from ingest.tally import Tally
from models.clock import Clock
from models.event import DeliveryEvent

Progress = Callable[[LogToRead, int], None]
"""Is told of a log how many of the file's own bytes were read."""


def no_progress(_log: LogToRead, _raw_position: int) -> None:
    """Nobody looks."""


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Reads logs into a store. `shift` moves all times, and only the demo does that.

    How far a log was read is kept under its path, unless `source_name` gives another name.
    """

    store: Store
    clock: Clock
    lines_per_batch: int = LINES_PER_LARGE_BATCH
    shift: timedelta = timedelta()
    source_name: str | None = None

    async def read(self, log: LogFile, adapter: Adapter, tally: Tally, progress: Progress = no_progress) -> None:
        """Record a whole log; what could not be read is in the tally."""
        await self.record(LogToRead.of(log), parsed(log, adapter, self.lines_per_batch), tally, progress)

    async def record(
        self, log: LogToRead, batches: Iterator[Parsed | None], tally: Tally, progress: Progress = no_progress
    ) -> None:
        """Record what a whole log was parsed to, as it comes."""
        with rarely_collected():
            async with ahead(batches) as upcoming, behind() as recording:
                async for batch in upcoming:
                    draft = await self._drafted(batch)
                    await recording.begin(self._record(log, batch, draft, tally, progress))

    async def _drafted(self, batch: Parsed) -> Draft:
        events = [_moved(event, self.shift) for event in batch.events] if self.shift else batch.events
        for draft in self.store.drafts(events, self.clock()):
            if draft is not None:
                return draft
            await asyncio.sleep(0)  # for the batch before, which is being recorded
            await self.store.time_to_draft()
        raise AssertionError("A batch has a draft.")

    async def _record(self, log: LogToRead, batch: Parsed, draft: Draft, tally: Tally, progress: Progress) -> None:
        for number, reason in batch.unreadable:
            tally.note_unreadable(log.name, number, reason)
        read = SourceProgress(
            name=self.source_name or log.name,
            fingerprint=log.fingerprint,
            position=batch.position,
            shift_seconds=int(self.shift.total_seconds()),
        )
        recorded = await self.store.record_draft(draft, read)
        tally.lines += batch.lines
        tally.events += len(batch.events)
        tally.new_rows += recorded.new_rows
        tally.changed_rows += recorded.changed_rows
        tally.out_of_bounds += recorded.out_of_bounds
        progress(log, batch.raw_position)


def _moved(event: DeliveryEvent, shift: timedelta) -> DeliveryEvent:
    arrived_at = event.arrived_at + shift if event.arrived_at is not None else None
    return msgspec.structs.replace(event, occurred_at=event.occurred_at + shift, arrived_at=arrived_at)
