"""From a log to the store: read, parse, batch, remember how far. Memory does not grow with the file."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import msgspec

from database.source_progress import SourceProgress
from database.store import Store
from ingest.ahead import ahead
from ingest.errors import UnreadableLine
from ingest.garbage import rarely_collected
from ingest.log_file import LogFile
from ingest.tally import Tally
from models.clock import Clock
from models.event import DeliveryEvent

LINES_PER_BATCH = 20_000
# Some milliseconds: a database that answers meanwhile waits for no longer.
_LINES_PER_SLICE = 500

Progress = Callable[[LogFile], None]


def no_progress(_: LogFile) -> None:
    """Nobody looks."""


class Adapter(Protocol):
    """What understands one kind of log: lines in, events out, no I/O."""

    def parse(self, line: bytes) -> Iterable[DeliveryEvent]:
        """The events of a line; raises UnreadableLine."""

    def open_ends(self) -> Iterable[DeliveryEvent]:
        """What was begun and not ended when the log ends here."""


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Reads logs into a store. `shift` moves all times, and only the demo does that.

    How far a log was read is kept under its path, unless `source_name` gives another name.
    """

    store: Store
    clock: Clock
    lines_per_batch: int = LINES_PER_BATCH
    shift: timedelta = timedelta()
    source_name: str | None = None

    async def read(self, log: LogFile, adapter: Adapter, tally: Tally, progress: Progress = no_progress) -> None:
        """Record a whole log; what could not be read is in the tally."""
        with rarely_collected():
            await self._read(log, adapter, tally, progress)

    async def _read(self, log: LogFile, adapter: Adapter, tally: Tally, progress: Progress) -> None:
        fingerprint = log.fingerprint()
        async with ahead(self._batches(log, adapter, tally)) as batches:
            async for events, position in batches:
                read = SourceProgress(
                    name=self.source_name or log.name,
                    fingerprint=fingerprint,
                    position=position,
                    shift_seconds=int(self.shift.total_seconds()),
                )
                recorded = await self.store.record(events, read, self.clock())
                tally.new_rows += recorded.new_rows
                tally.changed_rows += recorded.changed_rows
                tally.out_of_bounds += recorded.out_of_bounds
                progress(log)

    def _batches(
        self, log: LogFile, adapter: Adapter, tally: Tally
    ) -> Iterator[tuple[list[DeliveryEvent], int] | None]:
        """Events, and how far the log was read with them; None now and then, where a batch is not full yet."""
        events: list[DeliveryEvent] = []
        for number, line in enumerate(log, start=1):
            tally.lines += 1
            try:
                events += adapter.parse(line)
            except UnreadableLine as error:
                tally.note_unreadable(log.name, number, error)
            if number % self.lines_per_batch == 0:
                yield self._counted(events, tally), log.position
                events = []
            elif number % _LINES_PER_SLICE == 0:
                yield None
        yield self._counted([*events, *adapter.open_ends()], tally), log.position

    def _counted(self, events: list[DeliveryEvent], tally: Tally) -> list[DeliveryEvent]:
        moved = [_moved(event, self.shift) for event in events] if self.shift else events
        tally.events += len(moved)
        return moved


def _moved(event: DeliveryEvent, shift: timedelta) -> DeliveryEvent:
    arrived_at = event.arrived_at + shift if event.arrived_at is not None else None
    return msgspec.structs.replace(event, occurred_at=event.occurred_at + shift, arrived_at=arrived_at)
