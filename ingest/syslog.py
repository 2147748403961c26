"""The frame that syslog puts around a program's text, and the clock that places its stamps. No I/O, no mail server."""

import re
from calendar import isleap
from datetime import UTC, datetime, timedelta, timezone, tzinfo

import msgspec

from ingest.errors import UndatedLog, UnreadableLine

_MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, start=1)}
_CLASSIC = rf"(?:{'|'.join(_MONTHS)}) [ \d]\d \d\d:\d\d:\d\d"
_RFC_3339 = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)"
_LINE = re.compile(
    rf"({_RFC_3339}|{_CLASSIC}) (\S++) (?:([^\s:\[]++)(?:\[(\d++)\])?+: ?+)?(.*+)", re.ASCII | re.DOTALL
).fullmatch
_STAMP = re.compile(f"{_RFC_3339}|{_CLASSIC}", re.ASCII).fullmatch
_CLASSIC_LENGTH = len("Nov 23 18:45:19")
# Lines of several processes may be written out of order by a little; more than that is the clock.
_DISORDER = timedelta(minutes=1)
_SUMMER_TIME = timedelta(hours=1)
# Later than this after the arrival, the line waited for something, and its stamp is not the arrival's.
AT_ONCE = timedelta(seconds=5)


class SyslogLine(msgspec.Struct, frozen=True, gc=False):
    """One line: its stamp as written, the host, the program (`postfix/smtpd`; or ""), its pid, the text."""

    stamp: str
    host: str
    program: str
    pid: str
    text: str

    @property
    def origin(self) -> str:
        """Host, program and pid as they stand in the line; "" where it names no program."""
        if not self.program:
            return ""
        return f"{self.host} {self.program}[{self.pid}]" if self.pid else f"{self.host} {self.program}"


def split_syslog_line(line: bytes) -> tuple[str, str, str] | None:
    """Stamp, origin and text of a line, without a look at its origin: it is one if `read_syslog_line` has found it so.

    None for what has another form: a line may still be one of syslog.
    """
    text = decoded(line)
    if text[:1] <= "9":
        stamp, _, rest = text.partition(" ")
    else:
        stamp, rest = text[:_CLASSIC_LENGTH], text[_CLASSIC_LENGTH + 1 :]
        if text[_CLASSIC_LENGTH : _CLASSIC_LENGTH + 1] != " ":
            return None
    origin, colon, said = rest.partition(": ")
    return (stamp, origin, said) if colon and _STAMP(stamp) else None


def read_syslog_line(line: bytes) -> SyslogLine:
    """Take a line apart: classic or RFC 3339 stamp; bytes that are no UTF-8, and NUL, become U+FFFD.

    Raises UnreadableLine.
    """
    match = _LINE(decoded(line))
    if match is None:
        raise UnreadableLine("The line is not one of syslog.")
    return SyslogLine(*match.groups(""))


def decoded(line: bytes) -> str:
    """The text of a line, without the end of the line."""
    text = line.decode("utf-8", "replace").rstrip()
    return text.replace("\0", "\ufffd") if "\0" in text else text


class ClockState(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a clock stands: the year and the month of the last classic stamp, and the latest instant that was placed.

    `offset` is the distance from UTC in seconds, where it was learned; a zone that was given is given again.
    """

    year: int | None = None
    month_name: str = ""
    offset: float | None = None
    latest_placed: datetime | None = None


class SyslogClock:
    """Places stamps: whole seconds (cut), UTC. `year` is that of the log's first classic stamp.

    Without both, classic stamps cannot be placed; RFC 3339 stamps need neither. A state's year wins, its zone loses.
    """

    def __init__(
        self, year: int | None = None, time_zone: tzinfo | None = None, state: ClockState | None = None
    ) -> None:
        state = state or ClockState()
        year = year if state.year is None else state.year
        self._years = YearCount(year or 0, state.month_name)
        self._has_year = year is not None
        learned = None if state.offset is None else timezone(timedelta(seconds=state.offset))
        self._time_zone = time_zone or learned
        self._zone_is_learned = time_zone is None
        # The latest one: a classic stamp, or both parts of another.
        self._stamp = self._second = self._zone = ""
        self._instant: datetime | None = None
        self._latest_placed = state.latest_placed

    @property
    def is_complete(self) -> bool:
        """Whether classic stamps can be placed."""
        return self._has_year and self._time_zone is not None

    def complete(self, year: int, time_zone: tzinfo) -> None:
        """Fill in what is not known; the year is that of the next stamp."""
        if not self._has_year:
            self._years, self._has_year = YearCount(year), True
        self._time_zone = self._time_zone or time_zone

    def hold_to(self, arrival: datetime | None, stamp: str) -> None:
        """See the stamp of a line that was written when its message arrived: a learned zone follows summer time."""
        if arrival is None or not self._zone_is_learned or self._time_zone is None or not is_classic(stamp):
            return
        lag = self.place(stamp, arrival) - arrival
        for change in (_SUMMER_TIME, -_SUMMER_TIME):
            if timedelta() <= lag - change <= AT_ONCE:
                self._time_zone = timezone((self._time_zone.utcoffset(None) or timedelta()) + change)
                self._instant = None

    @property
    def state(self) -> ClockState:
        """What another clock needs to go on from here."""
        offset = self._time_zone.utcoffset(None) if self._zone_is_learned and self._time_zone is not None else None
        return ClockState(
            year=self._years.year if self._has_year else None,
            month_name=self._years.month_name,
            offset=offset.total_seconds() if offset is not None else None,
            latest_placed=self._latest_placed,
        )

    def pass_over(self, stamp: str) -> None:
        """See the classic stamp of every line, with or without events, so that no turn of the year is missed."""
        self._years.pass_over(stamp)

    def place(self, stamp: str, not_before: datetime | None = None) -> datetime:
        """The instant of a stamp that was passed over last; `not_before` is when the line's message arrived, if known.

        Raises UndatedLog, and UnreadableLine for a date that no calendar has.
        """
        # Between the second and the zone of an RFC 3339 stamp there is nothing but its fraction.
        if self._instant is not None and (
            (stamp[:19] == self._second and stamp.endswith(self._zone)) or stamp == self._stamp
        ):
            return self._instant
        try:
            return self._place_rfc_3339(stamp) if stamp[0] <= "9" else self._place_classic(stamp, not_before)
        except (ValueError, OverflowError) as error:
            raise UnreadableLine(f"{stamp} is not a date.") from error

    def _place_rfc_3339(self, stamp: str) -> datetime:
        second, zone = stamp[:19], stamp[19:].lstrip(".,0123456789")
        return self._remember(datetime.fromisoformat(second + zone).astimezone(UTC), second=second, zone=zone)

    def _place_classic(self, stamp: str, not_before: datetime | None) -> datetime:
        if not self._has_year or self._time_zone is None:
            raise UndatedLog
        if stamp.startswith("Feb 29") and not isleap(self._years.year):
            raise UndatedLog(
                f"The line of {stamp!r} is dated in a year without 29 February ({self._years.year}):"
                " pass the year of the log's first line with --year, and --time-zone."
            )
        local = read_classic(stamp, self._years.year).replace(tzinfo=self._time_zone)
        first, second = local.astimezone(UTC), local.replace(fold=1).astimezone(UTC)
        if first == second:
            return self._remember(first, stamp=stamp)
        # The hour that the clock shows twice when summer time ends: the second, if the first is over already. The same
        # stamp may mean the other hour later, so it is not remembered.
        known = [instant for instant in (self._latest_placed, not_before) if instant is not None]
        is_over = bool(known) and first < max(known) - _DISORDER
        self._latest_placed = max(first, second) if is_over else first
        return self._latest_placed

    def _remember(self, instant: datetime, *, stamp: str = "", second: str = "", zone: str = "") -> datetime:
        self._stamp, self._second, self._zone = stamp, second, zone
        self._instant = self._latest_placed = instant
        return instant


class YearCount:
    """The year of classic stamps in their order: the one that brings each nearest to the one before it."""

    def __init__(self, year: int, month_name: str = "") -> None:
        self.year = year
        self.month_name = month_name

    def pass_over(self, stamp: str) -> None:
        """See the next stamp. December to January is a new year; January to December is a clock that stepped back."""
        month_name = stamp[:3]
        if month_name == self.month_name or month_name not in _MONTHS:
            return
        if self.month_name:
            months = _MONTHS[month_name] - _MONTHS[self.month_name]
            self.year += (months < -6) - (months > 6)
        self.month_name = month_name


def read_classic(stamp: str, year: int) -> datetime:
    """A classic stamp's local time in that year; raises ValueError when the calendar has no such time."""
    hour, minute, second = stamp[7:].split(":")
    return datetime(year, _MONTHS[stamp[:3]], int(stamp[4:6]), int(hour), int(minute), int(second))  # noqa: DTZ001 - no zone


def is_classic(stamp: str) -> bool:
    """Whether a stamp lacks year and zone."""
    return stamp[:3] in _MONTHS
