"""From a source that grows to the store: what there is now, in one transaction with how far it was read."""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from database.source_progress import SourceProgress
from database.store import Recorded
from ingest.errors import UnreadableLine
from ingest.log_tail import Place
from ingest.parsed import LINES_PER_BATCH
from ingest.tally import Tally
from models.clock import Clock
from models.event import DeliveryEvent

_log = logging.getLogger(__name__)


class Growing(Protocol):
    """Lines that come, and the place after those that were taken."""

    place: Place

    def lines(self, most: int) -> list[bytes]:
        """The next ones; none when there are none now. Raises IngestError."""

    def close(self) -> None:
        """Let go of the source."""


class Recorder(Protocol):
    """What keeps events together with how far their source was read: a store, or a spool."""

    async def record(self, events: Sequence[DeliveryEvent], progress: SourceProgress, now: datetime) -> Recorded:
        """Keep a batch, whole or not at all."""


class ResumableAdapter(Protocol):
    """An adapter that tells what it holds between two lines, so that another one can go on there."""

    def look_ahead(self, lines: Sequence[bytes]) -> None:
        """See lines before they are parsed."""

    def parse(self, line: bytes) -> Iterable[DeliveryEvent]:
        """The events of a line; raises UnreadableLine."""

    def state(self) -> str:
        """What it holds now."""


@dataclass(frozen=True, slots=True)
class Followed:
    """A source and its adapter. After an error both are to be made anew, from what the store knows.

    `locate` tells the file and number of one of the lines that the source gave last, where it knows better than `name`.
    """

    name: str
    source: Growing
    adapter: ResumableAdapter
    tally: Tally
    locate: Callable[[int], tuple[str, int]] | None = None

    async def record_some(self, recorder: Recorder, clock: Clock, lines_per_batch: int = LINES_PER_BATCH) -> int:
        """Record what there is now, at most a batch; returns how many lines that were."""
        lines = self.source.lines(lines_per_batch)
        if not lines:
            return 0
        self.adapter.look_ahead(lines)
        events = [event for index, line in enumerate(lines) for event in self._events(index, line)]
        place = self.source.place
        progress = SourceProgress(
            name=self.name,
            fingerprint=place.fingerprint,
            position=place.position,
            reader_state=self.adapter.state(),
            lines=len(lines),
        )
        recorded = await recorder.record(events, progress, clock())
        self.tally.events += len(events)
        self.tally.new_rows += recorded.new_rows
        self.tally.changed_rows += recorded.changed_rows
        self.tally.out_of_bounds += recorded.out_of_bounds
        return len(lines)

    def close(self) -> None:
        """Let go of the source."""
        self.source.close()

    def _events(self, index: int, line: bytes) -> Iterable[DeliveryEvent]:
        self.tally.lines += 1
        try:
            return self.adapter.parse(line)
        except UnreadableLine as error:
            file, number = self.locate(index) if self.locate else (self.name, self.tally.lines)
            self.tally.note_unreadable(file, number, error)
            _log.warning("%s: a line is left out. %s", file, error)
            return ()


class ToFollow(NamedTuple):
    """A source that is to be followed: its name, and how to begin where it was left (None: it is new)."""

    name: str
    begin: Callable[[SourceProgress | None, Tally], Followed]
