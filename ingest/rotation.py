"""A log and the files that it was before: `mail.log`, `mail.log.1`, `mail.log.2.gz`, `mail.log-20261123`."""

import gzip
import re
import zlib
from gzip import BadGzipFile
from pathlib import Path
from typing import IO, NamedTuple, cast

from ingest.errors import UnreadableFile
from ingest.log_file import GZIP_MAGIC, LONGEST_LINE, fingerprint_of

DAMAGED = (EOFError, BadGzipFile, zlib.error)
"""What reading a compressed file raises that is damaged, or not whole yet."""

# What logrotate adds to a log's name: a number or a date.
_ADDED = re.compile(r"[.-]\d[\dT.-]*(?:\.gz)?", re.ASCII).fullmatch


class Generation(NamedTuple):
    """One file of a log that has a whole first line, and that line's hash."""

    path: Path
    fingerprint: str

    @property
    def is_packed(self) -> bool:
        """By its name, which logrotate gives to what it has compressed."""
        return self.path.suffix == ".gz"


def generations(path: Path) -> list[Generation]:
    """The files of a log, the oldest first and the one of that name last; raises UnreadableFile.

    A file that was just compressed is there twice: the plain one counts.
    """
    found = [
        Generation(file, fingerprint)
        for file in (*_rotated(path), path)
        if (fingerprint := _fingerprint_at(file)) is not None
    ]
    plain = {one.fingerprint for one in found if not one.is_packed}
    return [one for one in found if not one.is_packed or one.fingerprint not in plain]


def fingerprint_in(file: IO[bytes]) -> str | None:
    """The hash of a file's first line, after which the file then stands; None while it has no whole line."""
    file.seek(0)
    line = file.readline(LONGEST_LINE)
    return fingerprint_of(line) if line.endswith(b"\n") or len(line) == LONGEST_LINE else None


def open_unpacked(path: Path) -> IO[bytes]:
    """The file's content, decompressed; raises FileNotFoundError, and UnreadableFile for any other reason."""
    try:
        raw = path.open("rb")
    except FileNotFoundError:
        raise
    except OSError as error:
        raise UnreadableFile(f"{path}: {error.strerror}.") from error
    if raw.peek(2)[:2] != GZIP_MAGIC:
        return raw
    raw.close()
    return cast(IO[bytes], gzip.open(path))


def _fingerprint_at(path: Path) -> str | None:
    try:
        with open_unpacked(path) as file:
            return fingerprint_in(file)
    except (FileNotFoundError, *DAMAGED):
        return None  # not made yet, taken away meanwhile, or still being compressed


def _rotated(path: Path) -> list[Path]:
    """The oldest first; a compressed file keeps the time of what it was made from."""
    named = [
        file
        for file in path.parent.glob("*")
        if file.name.startswith(path.name) and _ADDED(file.name.removeprefix(path.name))
    ]
    return sorted(named, key=_written_last)


def _written_last(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0
