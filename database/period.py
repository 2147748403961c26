"""Last days, days in the account's zone, instants: each becomes one range of instants or ids; pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from database.errors import InvalidInput
from models.activity_id import EPOCH, IdRange, first_id_at, time_range

MAX_LAST_DAYS = 400

# Ids start at the epoch, and the last day whose midnight every zone can turn into UTC is the one before the last.
_FIRST_DAY, _LAST_DAY = EPOCH.date(), date(9999, 12, 30)
_LAST_SECOND = datetime.max.replace(microsecond=0, tzinfo=UTC)
_KEPT = 1_000
_DAY, _SECOND = timedelta(days=1), timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class LastDays:
    """The last so many times 24 hours."""

    days: int


@dataclass(frozen=True, slots=True)
class Days:
    """Whole days of the account's zone, both included."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Instants:
    """From `start` (included) to `end` (excluded), both aware."""

    start: datetime
    end: datetime


Period = LastDays | Days | Instants
DEFAULT_PERIOD = LastDays(30)


class Span(NamedTuple):
    """From `start` (included) to `end` (excluded; None: no end), from the epoch to the last instant there is."""

    start: datetime
    end: datetime | None


def id_range(
    period: Period | None, *, now: datetime, time_zone: ZoneInfo, path: tuple[str, ...] = ("period",)
) -> IdRange:
    """The ids of messages sent within the period (None: DEFAULT_PERIOD); raises InvalidInput, its path under `path`."""
    # Within a second the ids are the same.
    return _id_range(period, _whole_second(now), time_zone, path)


@lru_cache(_KEPT)
def _id_range(period: Period | None, now: datetime, time_zone: ZoneInfo, path: tuple[str, ...]) -> IdRange:
    start, end = span(period or DEFAULT_PERIOD, now=now, time_zone=time_zone, path=path)
    if end is None:
        return IdRange(first_id_at(_whole_second(start)), None)
    return time_range(_whole_second(start), _whole_second(end))


def span(period: Period, *, now: datetime, time_zone: ZoneInfo, path: tuple[str, ...]) -> Span:
    """The instants within the period, to the microsecond; raises InvalidInput, its path under `path`."""
    match period:
        case LastDays(days):
            return _last_days(days, now, path)
        case Days(first, last):
            return _days(first, last, time_zone, path)
        case Instants(start, end):
            return _instants(start, end, path)


def _last_days(days: int, now: datetime, path: tuple[str, ...]) -> Span:
    if not 1 <= days <= MAX_LAST_DAYS:
        raise InvalidInput(f"lastDays must be from 1 to {MAX_LAST_DAYS}, not {days}.", (*path, "lastDays"))
    # No end: what is recorded has happened. A row ahead of this clock is a relay whose clock is ahead (ingest refuses
    # more than a day of it), and people who look for the message they have just sent must find it.
    return Span(_bounded(now.astimezone(UTC) - days * _DAY), None)


def _days(first: date, last: date, time_zone: ZoneInfo, path: tuple[str, ...]) -> Span:
    if first > last:
        raise InvalidInput(f"from ({first}) must not be after to ({last}).", (*path, "days"))
    after_last = min(last, _LAST_DAY - _DAY) + _DAY
    return Span(_start_of_day(first, time_zone), _start_of_day(after_last, time_zone))


def _start_of_day(day: date, time_zone: ZoneInfo) -> datetime:
    # A midnight that the clocks skip is read with the offset before the change: the instant at which they skip it.
    # One that comes twice is the first of the two.
    day = min(max(day, _FIRST_DAY), _LAST_DAY)
    return datetime.combine(day, time(), time_zone).astimezone(UTC)


def _instants(start: datetime, end: datetime, path: tuple[str, ...]) -> Span:
    if start > end:
        raise InvalidInput(f"from ({start.isoformat()}) must not be after to ({end.isoformat()}).", (*path, "instants"))
    return Span(_bounded(start), _bounded(end))


def _bounded(instant: datetime) -> datetime:
    return max(EPOCH, min(instant, _LAST_SECOND)).astimezone(UTC)


def _whole_second(instant: datetime) -> datetime:
    if not instant.microsecond:
        return instant
    # Rounded up: of whole seconds, those from 12.3 on are those from 13 on, and those before 12.3 are those before 13.
    return instant.replace(microsecond=0) + _SECOND
