"""Opening a log: plain, gzip (told by its first bytes, whatever its name) or standard input; bounded lines of bytes."""

import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from gzip import BadGzipFile, GzipFile
from hashlib import blake2b
from io import BufferedRandom, BufferedReader, RawIOBase
from os import fstat
from pathlib import Path
from typing import Any, cast

from ingest.errors import UnreadableFile

STANDARD_INPUT = "-"
# A longer line is no log line; it is cut so that memory stays bounded, and then told as unreadable.
LONGEST_LINE = 1 << 20
GZIP_MAGIC = b"\x1f\x8b"


def fingerprint_of(first_line: bytes) -> str:
    """The hash by which a log is known again, whatever it is called by then."""
    return blake2b(first_line, digest_size=16).hexdigest()


def name_of(path: str) -> str:
    """What a log is called among the sources."""
    return path if path == STANDARD_INPUT else str(Path(path).resolve())


class LogFile:
    """An open log. `raw_position` and `raw_size` speak of the file's own (compressed) bytes, for progress bars."""

    def __init__(self, name: str, raw: "BufferedReader[Any] | BufferedRandom") -> None:
        self.name = name
        self.position = 0
        self._raw = raw
        self._raw_size = fstat(raw.fileno()).st_size if name != STANDARD_INPUT else None
        self._stream = GzipFile(fileobj=raw) if raw.peek(2)[:2] == GZIP_MAGIC else raw
        self._ahead: list[bytes] = []

    @property
    def raw_size(self) -> int | None:
        """Bytes of the file as it lies on the disk; None for standard input."""
        return self._raw_size

    @property
    def raw_position(self) -> int:
        """How many of these were read."""
        return self._raw.tell() if self._raw_size is not None else self.position

    def peek(self, lines: int) -> list[bytes]:
        """The next lines, which stay to be read."""
        with self._undamaged():
            while len(self._ahead) < lines and (line := self._stream.readline(LONGEST_LINE)):
                self._ahead.append(line)
        return self._ahead[:lines]

    def fingerprint(self) -> str:
        """The hash of the first line: a rotated file under the same name is another file. Ask before reading."""
        return fingerprint_of(b"".join(self.peek(1)))

    def __iter__(self) -> Iterator[bytes]:
        """The lines that follow, with their line feeds."""
        while self._ahead:
            line = self._ahead.pop(0)
            self.position += len(line)
            yield line
        with self._undamaged():
            while line := self._stream.readline(LONGEST_LINE):
                self.position += len(line)
                yield line

    @contextmanager
    def _undamaged(self) -> Iterator[None]:
        try:
            yield
        except (EOFError, BadGzipFile, zlib.error) as error:
            raise UnreadableFile(f"{self.name}: the compressed file is damaged or cut ({error}).") from error


@contextmanager
def open_log(name: str) -> Iterator[LogFile]:
    """Open a log by its path, or `-` for standard input; raises UnreadableFile."""
    if name == STANDARD_INPUT:
        reader: BufferedReader[Any] = BufferedReader(cast(RawIOBase, sys.stdin.buffer))
        try:
            yield LogFile(name, reader)
        finally:
            reader.detach()  # else collecting the reader would close standard input
        return
    with _opened(name) as raw:
        yield LogFile(name_of(name), raw)


def _opened(name: str) -> "BufferedReader[Any]":
    try:
        return Path(name).open("rb")
    except OSError as error:
        raise UnreadableFile(f"{name}: {error.strerror}.") from error
