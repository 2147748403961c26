"""Lines of a log as events, a batch at a time, and how far the log was read with them. No store."""

from collections.abc import Iterable, Iterator
from typing import Protocol

import msgspec

from ingest.errors import UnreadableLine
from ingest.log_file import LogFile
from models.event import DeliveryEvent

LINES_PER_BATCH = 20_000
# Of a log that is not followed: fewer messages are cut between two batches. Their events take 100 MB.
LINES_PER_LARGE_BATCH = 40_000
# Some milliseconds: a database that answers meanwhile waits for no longer.
_LINES_PER_SLICE = 500


class Adapter(Protocol):
    """What understands one kind of log: lines in, events out, no I/O."""

    def parse(self, line: bytes) -> Iterable[DeliveryEvent]:
        """The events of a line; raises UnreadableLine."""

    def open_ends(self) -> Iterable[DeliveryEvent]:
        """What was begun and not ended when the log ends here."""


class LogToRead(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """A log's name, the hash of its first line, and its size in bytes of the file's own (None: nobody knows)."""

    name: str
    fingerprint: str
    raw_size: int | None

    @classmethod
    def of(cls, log: LogFile) -> "LogToRead":
        """That of a log of which nothing was read yet."""
        return cls(log.name, log.fingerprint(), log.raw_size)


class Parsed(msgspec.Struct, tag=True, array_like=True):
    """What some lines came to: their events, how many they were, and those that were left out: number and reason.

    `position` and `raw_position` are the log's after them.
    """

    events: list[DeliveryEvent]
    lines: int
    unreadable: list[tuple[int, str]]
    position: int
    raw_position: int


def parsed(log: LogFile, adapter: Adapter, lines_per_batch: int) -> Iterator[Parsed | None]:
    """A whole log; None now and then, where a batch is not full yet."""
    events: list[DeliveryEvent] = []
    unreadable: list[tuple[int, str]] = []
    number = begun = 0
    for number, line in enumerate(log, start=1):
        try:
            events += adapter.parse(line)
        except UnreadableLine as error:
            unreadable.append((number, str(error)))
        if number - begun == lines_per_batch:
            yield Parsed(events, lines_per_batch, unreadable, log.position, log.raw_position)
            events, unreadable, begun = [], [], number
        elif not number % _LINES_PER_SLICE:
            yield None
    events += adapter.open_ends()
    yield Parsed(events, number - begun, unreadable, log.position, log.raw_position)
