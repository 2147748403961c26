"""PostgreSQL's binary format of COPY, as its manual describes it: values as fields, rows as a file. Pure."""

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from struct import Struct

NULL = b"\xff\xff\xff\xff"

_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER = b"\xff\xff"
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_SECONDS_A_DAY = 86_400

_length = Struct(">i").pack
_smallint = Struct(">ih").pack
_integer = Struct(">ii").pack
_bigint = Struct(">iq").pack
_columns = Struct(">h").pack


def file_of(rows: Iterable[bytes]) -> bytes:
    """All that COPY reads."""
    return b"".join((_HEADER, *rows, _TRAILER))


def beginning(columns: int) -> bytes:
    """What a row of so many columns begins with."""
    return _columns(columns)


def text(value: str | None) -> bytes:
    """A field of type text."""
    if value is None:
        return NULL
    encoded = value.encode()
    return _length(len(encoded)) + encoded


# What many rows say: the relay, its clients and servers, codes. Four of five are found, in a third of the time.
text_again = lru_cache(maxsize=4096)(text)


def instant(value: datetime | None) -> bytes:
    """A field of type timestamptz; the instant is in UTC."""
    if value is None:
        return NULL
    since = value - _EPOCH
    return _bigint(8, (since.days * _SECONDS_A_DAY + since.seconds) * 1_000_000 + since.microseconds)


def smallint(value: int | None) -> bytes:
    """A field of type smallint."""
    return NULL if value is None else _smallint(2, value)


def integer(value: int) -> bytes:
    """A field of type integer."""
    return _integer(4, value)


def bigint(value: int | None) -> bytes:
    """A field of type bigint."""
    return NULL if value is None else _bigint(8, value)


def boolean(value: bool) -> bytes:
    """A field of type boolean."""
    return b"\0\0\0\1\1" if value else b"\0\0\0\1\0"


def uuid(value: int) -> bytes:
    """A field of type uuid, of its 128 bits."""
    return b"\0\0\0\x10" + value.to_bytes(16)
