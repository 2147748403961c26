"""One entry of systemd's journal as JSON (Journal JSON Format, systemd's JOURNAL_EXPORT_FORMATS). No I/O."""

from datetime import UTC, datetime

import msgspec

from ingest.errors import UnreadableLine
from ingest.syslog import SyslogLine

# Text; the bytes of what is no text; several values of one field; or null: too long to be shown.
_Value = str | list[int | str | list[int]] | None
_MICROSECONDS = 1_000_000


class _Entry(msgspec.Struct, frozen=True):
    # When the journal took it in, in microseconds since 1970.
    received: str = msgspec.field(name="__REALTIME_TIMESTAMP")
    message: _Value = msgspec.field(name="MESSAGE", default=None)
    host: _Value = msgspec.field(name="_HOSTNAME", default="")
    program: _Value = msgspec.field(name="SYSLOG_IDENTIFIER", default="")
    syslog_pid: _Value = msgspec.field(name="SYSLOG_PID", default=None)
    pid: _Value = msgspec.field(name="_PID", default=None)


class _Place(msgspec.Struct, frozen=True):
    cursor: str = msgspec.field(name="__CURSOR")


_ENTRY = msgspec.json.Decoder(_Entry)
_PLACE = msgspec.json.Decoder(_Place)


def read_journal_line(line: bytes) -> SyslogLine:
    """An entry as the line that syslog would have made of it, stamped in UTC; raises UnreadableLine."""
    try:
        entry = _ENTRY.decode(line)
        stamp = datetime.fromtimestamp(int(entry.received) // _MICROSECONDS, UTC).isoformat()
    except (msgspec.DecodeError, ValueError, OverflowError, OSError) as error:
        raise UnreadableLine(f"The line is none of the journal's: {error}.") from error
    if entry.message is None:
        raise UnreadableLine("The entry's message is missing, or too long to be shown without --all.")
    pid = entry.pid if entry.syslog_pid is None else entry.syslog_pid
    return SyslogLine(stamp, _text(entry.host), _text(entry.program), _text(pid), _text(entry.message).rstrip())


def cursor_of(line: bytes) -> str | None:
    """Where an entry stands in its journal; None for what is no entry."""
    try:
        return _PLACE.decode(line).cursor
    except msgspec.DecodeError:
        return None


def _text(value: _Value) -> str:
    """Of several values the first; bytes that are no UTF-8, and NUL, become U+FFFD."""
    if isinstance(value, list):
        first = value[0] if value else ""
        value = first if isinstance(first, str) else _decoded(value if isinstance(first, int) else first)
    return (value or "").replace("\0", "\ufffd")


def _decoded(numbers: list[int | str | list[int]] | list[int]) -> str:
    try:
        return bytes(number for number in numbers if isinstance(number, int)).decode("utf-8", "replace")
    except ValueError as error:
        raise UnreadableLine("The entry has a number that is no byte.") from error
