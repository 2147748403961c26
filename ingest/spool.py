"""What a relay has read and not yet posted: files of events, each with how far its source was read then.

A batch is in the spool, whole and on the disk, or it is not, and then its source is read again from before it.
"""

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from database.source_progress import SourceProgress
from database.store import Recorded
from ingest.delivery_events import delivery_events
from ingest.errors import IngestError, UnreadableFile
from models.event import DeliveryEvent

_BATCH = ".events"
_POSITIONS = "positions.json"
_REFUSED = "refused.ndjson"
_HEADER = msgspec.json.Decoder(SourceProgress)
_KNOWN = msgspec.json.Decoder(dict[str, SourceProgress])


class SpoolBusy(IngestError):
    """Another process uses this spool at the moment: wait for it to end, or name another one."""

    code = "SPOOL_BUSY"


class Batch(NamedTuple):
    """Events as lines of NDJSON, none when only the position moved."""

    path: Path
    progress: SourceProgress
    lines: list[bytes]


class Spool:
    """A directory. `most_bytes` bounds what waits in it; the log itself keeps the rest."""

    def __init__(self, directory: Path, most_bytes: int) -> None:
        self._directory = directory
        self._most_bytes = most_bytes
        for half in directory.glob("*.half"):
            half.unlink()
        known = directory / _POSITIONS
        self._posted: dict[str, SourceProgress] = _KNOWN.decode(known.read_bytes()) if known.exists() else {}
        self._read = self._posted | {batch.progress.name: batch.progress for batch in map(_read, self.waiting())}
        self._next = max((int(path.stem) for path in self.waiting()), default=0) + 1

    def progress(self, name: str) -> SourceProgress | None:
        """How far a source was read; None: never."""
        return self._read.get(name)

    @property
    def is_full(self) -> bool:
        """Whether nothing more should be read for now."""
        return sum(path.stat().st_size for path in self.waiting()) >= self._most_bytes

    def waiting(self) -> list[Path]:
        """The batches that have not been posted, the oldest first."""
        return sorted(self._directory.glob(f"*{_BATCH}"))

    async def record(self, events: Sequence[DeliveryEvent], progress: SourceProgress, now: datetime) -> Recorded:
        """Keep a batch, on the disk; as the store does, but that it tells nothing of rows."""
        content = msgspec.json.encode(progress) + b"\n" + delivery_events(events)
        self._write(f"{self._next:020}{_BATCH}", content)
        self._next += 1
        self._read[progress.name] = progress
        return Recorded(0, 0, 0)

    def oldest(self) -> Batch | None:
        """The batch to be posted next."""
        waiting = self.waiting()
        return _read(waiting[0]) if waiting else None

    def posted(self, batch: Batch, refused: Sequence[bytes]) -> None:
        """Forget a batch that was answered; lines that were refused are kept beside, with their reasons."""
        if refused:
            with (self._directory / _REFUSED).open("ab") as file:
                file.write(b"".join(refused))
                os.fsync(file.fileno())
        self._posted[batch.progress.name] = batch.progress
        self._write(_POSITIONS, msgspec.json.encode(self._posted))
        batch.path.unlink()

    def _write(self, name: str, content: bytes) -> None:
        """Make a file that is there whole, even when the machine stops."""
        half = self._directory / f"{name}.half"
        with half.open("wb") as file:
            file.write(content)
            os.fsync(file.fileno())
        half.rename(self._directory / name)
        descriptor = os.open(self._directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def open_spool(directory: Path, most_bytes: int) -> Iterator[Spool]:
    """The spool of a directory, for this process alone; raises SpoolBusy, UnreadableFile."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (directory / "lock").open("wb")
    except OSError as error:
        raise UnreadableFile(f"{directory}: {error.strerror}.") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SpoolBusy from None
        yield Spool(directory, most_bytes)


def _read(path: Path) -> Batch:
    header, *lines = path.read_bytes().splitlines(keepends=True)
    return Batch(path, _HEADER.decode(header), lines)
