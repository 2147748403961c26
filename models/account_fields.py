"""What may stand in an account's fields. Pure; a ValueError says what is wrong, its caller says where."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

# A plan without end: PostgreSQL's infinity.
FOREVER = datetime.max.replace(tzinfo=UTC)

_MAX_CHARACTERS = 255
# RFC 5321 section 4.5.3.1: 64 of the local part, 255 of the domain.
_MAX_ADDRESS_CHARACTERS = 320
_MAX_DAYS = 36_500
_MAX_DIGITS = 5
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
# So that no time zone leads out of the calendar.
_YEARS = (1970, 9998)
_HOW = "write 2027-01-01T00:00:00-05:00, or “forever”"
_DOMAIN = re.compile(r"[^\s@.]+(\.[^\s@.]+)*")


def plain_text(value: str, *, max_characters: int = _MAX_CHARACTERS) -> str:
    """A name or an id as it was given: 1 to 255 printable characters, no space around them."""
    if not value.strip():
        raise ValueError("must not be blank")
    # First, so that no message repeats a long text.
    if len(value) > max_characters:
        raise ValueError(f"must not be longer than {max_characters} characters")
    if value != value.strip():
        raise ValueError(f"“{value.strip()}” has spaces around it")
    if not value.isprintable():
        raise ValueError("must not hold control characters")
    return value


def domain_name(value: str) -> str:
    """A domain in lower case, otherwise as it was given: logs show an internationalised one as the sender wrote it."""
    if not _DOMAIN.fullmatch(plain_text(value)):
        raise ValueError(f"“{value}” is no domain, such as northwind.example")
    return value.lower()


def plan_end(value: str, *, day_in: ZoneInfo | None = None) -> datetime:
    """“forever”, an instant with its UTC offset (RFC 3339), or, where a zone is given, a day: as it begins there."""
    if value == "forever":
        return FOREVER
    try:
        instant = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError(f"“{value}” is no time: {_HOW}") from None
    if instant.tzinfo is None and day_in is not None and _DAY.fullmatch(value):
        instant = instant.replace(tzinfo=day_in)
    if instant.tzinfo is None:
        raise ValueError(f"“{value}” has no UTC offset: {_HOW}")
    if not _YEARS[0] <= instant.year <= _YEARS[1]:
        raise ValueError(f"“{value}” is not in the years {_YEARS[0]} to {_YEARS[1]}: {_HOW}")
    return instant.astimezone(UTC)


def retention_days(value: str) -> int | None:
    """How many days an account's messages are kept, 1 to 36,500; None for “none”: as long as all others'."""
    if value == "none":
        return None
    if not (value.isascii() and value.isdecimal() and len(value) <= _MAX_DIGITS and 1 <= int(value) <= _MAX_DAYS):
        raise ValueError(f"“{value[:_MAX_DIGITS]}” is no number of days from 1 to {_MAX_DAYS}, nor “none”")
    return int(value)


def mail_address(value: str) -> str:
    """A mail address as a log writes it, without angle brackets."""
    local, at, domain = plain_text(value, max_characters=_MAX_ADDRESS_CHARACTERS).rpartition("@")
    if not (local and at and domain) or value.startswith("<") or " " in domain:
        raise ValueError(f"“{value}” is no address, such as ana@northwind.example")
    return value
