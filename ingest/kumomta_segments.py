"""The lines of KumoMTA's log segments as they are written: files named by their first second, zstd or plain.

Segments with the same suffix follow one another; those of different suffixes (`per_record`) grow side by side.
"""

import re
from collections import deque
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path
from stat import S_IWGRP, S_IWOTH, S_IWUSR

import msgspec
import zstandard

from ingest.errors import UnreadableFile
from ingest.log_file import LONGEST_LINE
from ingest.log_tail import BEGINNING, Place

_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_CHUNK = 1 << 14
_NAMED_BY_TIME = re.compile(r"\d{8}-\d{6}(?:\.\d+)?", re.ASCII).match
_WRITABLE = S_IWUSR | S_IWGRP | S_IWOTH


class Mark(msgspec.Struct, frozen=True):
    """How far the segments of one suffix were read: in this file so many unpacked bytes, which are so many lines."""

    file: str
    position: int
    line: int


_MARKS = msgspec.json.Decoder(dict[str, Mark])


class Segments:
    """Reads the segments of a directory in the order of their names, or one file, on from a state."""

    def __init__(self, path: Path, place: Place = BEGINNING, state: str | None = None, *, waits: bool = False) -> None:
        self.place = place
        self._path = path
        self._waits = waits
        self._marks = _MARKS.decode(state) if state else {}
        self._readers: dict[str, _Reader] = {}
        self._origins: list[tuple[str, int]] = []

    def lines(self, most: int) -> list[bytes]:
        """The next lines; none when there are no whole ones now. Raises UnreadableFile."""
        lines: list[bytes] = []
        self._origins = []
        for suffix, path, is_ended in self._unread():
            reader = self._reader(suffix, path)
            for line in reader.lines(most - len(lines), halves=is_ended):
                lines.append(line)
                reader.mark = Mark(path.name, reader.mark.position + len(line), reader.mark.line + 1)
                self._origins.append((str(path), reader.mark.line))
            self._marks[suffix] = reader.mark
            if len(lines) == most:
                break
        self.place = Place(self.place.fingerprint, self.place.position + sum(map(len, lines)))
        return lines

    def origin(self, index: int) -> tuple[str, int]:
        """The file and the number of one of the lines that were given last."""
        return self._origins[index]

    def state(self) -> str:
        """How far each suffix was read."""
        return msgspec.json.encode(self._marks).decode()

    def close(self) -> None:
        """Let go of the files."""
        for reader in self._readers.values():
            reader.close()
        self._readers.clear()

    def _unread(self) -> list[tuple[str, Path, bool]]:
        """The files that may have more to read, with their suffix, and whether nothing will be added to them."""
        files = sorted(self._files(), key=lambda path: (_suffix(path), path.name))
        unread = []
        for suffix, of_suffix in groupby(files, key=_suffix):
            mark = self._marks.get(suffix)
            segments = [path for path in of_suffix if mark is None or path.name >= mark.file]
            unread += [(suffix, path, path != segments[-1] or _is_done(path)) for path in segments]
        return sorted(unread, key=lambda one: one[1].name)

    def _files(self) -> list[Path]:
        try:
            if self._path.is_dir():
                return [path for path in self._path.iterdir() if path.is_file() and not path.name.startswith(".")]
        except OSError as error:
            raise UnreadableFile(f"{self._path}: {error.strerror}.") from error
        if self._path.exists():
            return [self._path]
        if self._waits:
            return []
        raise UnreadableFile(f"{self._path}: there is no such file or directory.")

    def _reader(self, suffix: str, path: Path) -> "_Reader":
        reader = self._readers.get(suffix)
        if reader is not None and reader.mark.file == path.name:
            return reader
        if reader is not None:
            reader.close()
        mark = self._marks.get(suffix)
        reader = _Reader(path, mark if mark is not None and mark.file == path.name else Mark(path.name, 0, 0))
        self._readers[suffix] = reader
        reader.skip_read()
        return reader


class _Reader:
    """One segment, unpacked as far as it is written. `mark` is kept by whoever takes its lines."""

    def __init__(self, path: Path, mark: Mark) -> None:
        self.mark = mark
        self._path = path
        self._ready: deque[bytes] = deque()
        self._half = b""
        self._unpack: Callable[[bytes], bytes] | None = None
        try:
            self._file = path.open("rb")
        except OSError as error:
            raise UnreadableFile(f"{path}: {error.strerror}.") from error

    def skip_read(self) -> None:
        """Stand behind what was read before, at the mark."""
        left = self.mark.position
        while left > 0:
            more = self._more()
            if more is None:
                raise UnreadableFile(f"{self._path}: it is shorter than what was read of it, so it is another file.")
            if len(more) > left:
                self._split(more[left:])
            left -= len(more)

    def lines(self, most: int, *, halves: bool) -> Iterator[bytes]:
        """Up to so many lines; one without an end only with `halves`."""
        for _ in range(most):
            while not self._ready and (more := self._more()) is not None:
                self._split(more)
            if self._ready:
                yield self._ready.popleft()
            else:
                if halves and self._half:
                    half, self._half = self._half, b""
                    yield half
                return

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _more(self) -> bytes | None:
        """The next bytes, unpacked (b"" while they give no whole block); None when there are none now."""
        chunk = self._file.read(_CHUNK)
        if self._unpack is None and _ZSTD_MAGIC.startswith(chunk):
            self._file.seek(0)  # too short to tell, for now
            return None
        if self._unpack is None:
            self._unpack = _unpacking(chunk)
        try:
            return self._unpack(chunk) if chunk else None
        except zstandard.ZstdError as error:
            raise UnreadableFile(f"{self._path}: the compressed file is damaged ({error}).") from error

    def _split(self, more: bytes) -> None:
        *whole, self._half = (self._half + more).split(b"\n")
        for line in whole:
            self._ready.extend(_pieces(line + b"\n"))
        *cut, self._half = _pieces(self._half) or [b""]
        self._ready.extend(cut)


def _pieces(line: bytes) -> list[bytes]:
    """A line as it is, or cut: a longer one is no record."""
    return [line[start : start + LONGEST_LINE] for start in range(0, len(line), LONGEST_LINE)]


def _unpacking(start: bytes) -> Callable[[bytes], bytes]:
    """What unpacks a file that begins so."""
    if start.startswith(_ZSTD_MAGIC):
        return zstandard.ZstdDecompressor().decompressobj(read_across_frames=True).decompress
    return bytes


def _suffix(path: Path) -> str:
    """What stands behind the time; a file that is named otherwise follows no other one."""
    time = _NAMED_BY_TIME(path.name)
    return path.name[time.end() :] if time else path.name


def _is_done(path: Path) -> bool:
    """KumoMTA takes the right to write away from a segment that it has ended."""
    return not path.stat().st_mode & _WRITABLE
