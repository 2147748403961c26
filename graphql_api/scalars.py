"""The scalars DateTime and Date: stricter in what they take than Strawberry's own, and exact in what they write."""

import re
from datetime import UTC, date, datetime, timedelta

import strawberry
from strawberry.types.scalar import ScalarDefinition

_DATE = r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
_TIME = r"([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?"
_OFFSET = r"([Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
_RFC_3339_DATE = re.compile(_DATE)
_RFC_3339_INSTANT = re.compile(f"{_DATE}[Tt]{_TIME}{_OFFSET}?")
_NANOSECONDS_IN_MICROSECOND = 1_000


def parse_instant(value: object) -> datetime:
    """An instant in UTC, from RFC 3339 with an offset; nanoseconds are rounded up. Raises ValueError, saying why.

    Rounding up is exact for what it is compared with, which has whole seconds.
    """
    match = _RFC_3339_INSTANT.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("an instant is written 2026-11-23T12:30:00.000-05:00")
    *numbers, fraction, offset = match.groups()
    if offset is None:
        raise ValueError("an instant needs its offset from UTC, as in 2026-11-23T12:30:00.000-05:00")
    nanoseconds = int((fraction or "0").ljust(9, "0"))
    try:
        instant = datetime(*map(int, numbers), tzinfo=UTC)  # type: ignore[arg-type, misc]  # six numbers by the pattern
        return instant - _offset(offset) + timedelta(microseconds=-(-nanoseconds // _NANOSECONDS_IN_MICROSECOND))
    except (ValueError, OverflowError):
        raise ValueError("there is no such instant") from None


def serialize_instant(value: datetime | str) -> str:
    """RFC 3339 with exactly three fractional digits; the zone is the value's. A text was written by `Instants`."""
    return value if isinstance(value, str) else value.isoformat(timespec="milliseconds")


def parse_date(value: object) -> date:
    """A day, from YYYY-MM-DD; raises ValueError, saying why."""
    match = _RFC_3339_DATE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("a day is written YYYY-MM-DD, as in 2026-11-23")
    try:
        return date(*map(int, match.groups()))
    except ValueError:
        raise ValueError("there is no such day") from None


def _offset(text: str) -> timedelta:
    if text in "Zz":
        return timedelta()
    offset = timedelta(hours=int(text[1:3]), minutes=int(text[4:6]))
    return -offset if text[0] == "-" else offset


DATE_TIME: ScalarDefinition = strawberry.scalar(
    name="DateTime",
    description=(
        "An instant with its UTC offset, e.g. 2026-11-23T12:30:00.000-05:00. Output is in the account's time zone."
        " Input without an offset is refused."
    ),
    specified_by_url="https://scalars.graphql.org/andimarek/date-time.html",
    serialize=serialize_instant,
    parse_value=parse_instant,
)

DATE: ScalarDefinition = strawberry.scalar(
    name="Date",
    description="A calendar day, YYYY-MM-DD, in the account's time zone.",
    specified_by_url="https://scalars.graphql.org/andimarek/local-date.html",
    serialize=date.isoformat,
    parse_value=parse_date,
)
