"""The lines of a log that grows, through its rotations: the file is renamed, or copied and cut. No waiting here."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from os import fstat
from os.path import samestat
from pathlib import Path
from typing import IO, NamedTuple

from ingest.errors import UnreadableFile
from ingest.log_file import LONGEST_LINE
from ingest.rotation import DAMAGED, Generation, fingerprint_in, generations, open_unpacked

_log = logging.getLogger(__name__)


class Place(NamedTuple):
    """How far a log was read: in the file with this first line (its hash), so many bytes, unpacked."""

    fingerprint: str = ""
    position: int = 0


BEGINNING = Place()


def bytes_behind(path: Path, place: Place) -> int | None:
    """How much of a log is still to be read; None when the file of the place is gone, or compressed."""
    found = generations(path)
    fingerprints = [one.fingerprint for one in found]
    if place.fingerprint not in fingerprints:
        return None
    to_read = found[fingerprints.index(place.fingerprint) :]
    if any(one.is_packed for one in to_read):
        return None
    return sum(one.path.stat().st_size for one in to_read) - place.position


class LogTail:
    """Goes on at a place, in whichever file of the log that is by now, and from there to all later ones.

    From the beginning means that of the file which has the name, not of those that had it before.
    """

    def __init__(self, path: Path, place: Place = BEGINNING) -> None:
        self.place = place
        self._path = path
        self._file: IO[bytes] | None = None

    def lines(self, most: int) -> list[bytes]:
        """The next lines; none when there are no whole ones now. Raises UnreadableFile."""
        if self._file is not None and self._was_cut(self._file):
            self.close()
        if self._file is None and not self._find():
            return []
        while not (lines := self._take(most)):
            successor = self._successor()
            if successor is None:
                return []
            # Whoever writes to the next file writes to this one no more: what it has now is all.
            if lines := self._take(most, halves=True):
                return lines
            self._open(successor, Place(successor.fingerprint))
        return lines

    def close(self) -> None:
        """Let go of the file; the place stays."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _find(self) -> bool:
        """Open the file of the place; false while there is none."""
        found = generations(self._path)
        # Backwards: a log that is just being copied, to be cut afterwards, is still the one to read.
        for one in reversed(found):
            if one.fingerprint == self.place.fingerprint and self._open(one, self.place):
                return True
        if not found or found[-1].path != self._path:
            return False
        if self.place != BEGINNING:
            _log.warning("%s: the file that was read to byte %d is gone; reading on at the beginning of the new one.",
                         self._path, self.place.position)  # fmt: skip
        return self._open(found[-1], Place(found[-1].fingerprint))

    def _open(self, generation: Generation, place: Place) -> bool:
        """Stand at the place; false when the file is gone meanwhile, or was cut before it."""
        try:
            file = open_unpacked(generation.path)
        except FileNotFoundError:
            return False
        if isinstance(file, BufferedReader) and fstat(file.fileno()).st_size < place.position:
            file.close()
            return False
        self.close()
        self._file, self.place = file, place
        with _damage_named(generation.path):
            file.seek(place.position)
        return True

    def _was_cut(self, file: IO[bytes]) -> bool:
        """Whether the file was emptied (and perhaps filled again) since it was read; leaves it where it stood."""
        if not isinstance(file, BufferedReader):
            return False
        if fstat(file.fileno()).st_size < self.place.position or fingerprint_in(file) != self.place.fingerprint:
            return True
        file.seek(self.place.position)
        return False

    def _successor(self) -> Generation | None:
        """The file that came after the present one, if somebody has written to it."""
        if self._is_at_path():
            return None
        found = generations(self._path)
        fingerprints = [one.fingerprint for one in found]
        if self.place.fingerprint in fingerprints:
            later = found[len(found) - fingerprints[::-1].index(self.place.fingerprint) :]
        else:  # it is deleted already
            later = [one for one in found if one.path == self._path]
        return later[0] if later else None

    def _is_at_path(self) -> bool:
        """Whether the present file still has the log's name."""
        if not isinstance(self._file, BufferedReader):
            return False
        try:
            return samestat(fstat(self._file.fileno()), self._path.stat())
        except FileNotFoundError:
            return False

    def _take(self, most: int, *, halves: bool = False) -> list[bytes]:
        """Up to so many lines from where the file stands; one without an end only with `halves`."""
        if self._file is None:
            return []
        lines: list[bytes] = []
        position = self.place.position
        with _damage_named(self._file.name):
            while len(lines) < most and (line := self._file.readline(LONGEST_LINE)):
                if not (halves or line.endswith(b"\n") or len(line) == LONGEST_LINE):
                    self._file.seek(position)
                    break
                lines.append(line)
                position += len(line)
        self.place = Place(self.place.fingerprint, position)
        return lines


@contextmanager
def _damage_named(path: Path | str) -> Iterator[None]:
    try:
        yield
    except DAMAGED as error:
        raise UnreadableFile(f"{path}: the compressed file is damaged or cut ({error}).") from error
