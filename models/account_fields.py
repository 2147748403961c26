"""What may stand in an account's fields. Pure; a ValueError says what is wrong, its caller says where."""

import re
from datetime import UTC, datetime

# A plan without end: PostgreSQL's infinity.
FOREVER = datetime.max.replace(tzinfo=UTC)

_MAX_CHARACTERS = 255
_DOMAIN = re.compile(r"[^\s@.]+(\.[^\s@.]+)*")


def plain_text(value: str) -> str:
    """A name or an id as it was given: 1 to 255 printable characters, no space around them."""
    if not value.strip():
        raise ValueError("must not be blank")
    if value != value.strip():
        raise ValueError(f"“{value.strip()}” has spaces around it")
    if len(value) > _MAX_CHARACTERS:
        raise ValueError(f"must not be longer than {_MAX_CHARACTERS} characters")
    if not value.isprintable():
        raise ValueError("must not hold control characters")
    return value


def domain_name(value: str) -> str:
    """A domain in lower case, otherwise as it was given: logs show an internationalised one as the sender wrote it."""
    if not _DOMAIN.fullmatch(plain_text(value)):
        raise ValueError(f"“{value}” is no domain, such as northwind.example")
    return value.lower()


def plan_end(value: str) -> datetime:
    """“forever”, or an instant with its UTC offset (RFC 3339)."""
    if value == "forever":
        return FOREVER
    try:
        instant = datetime.fromisoformat(value)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise ValueError(f"“{value}” is no time with its UTC offset, such as 2027-01-01T00:00:00-05:00, nor “forever”")
    return in_utc(instant)


def in_utc(instant: datetime) -> datetime:
    """The same instant in UTC; raises ValueError outside of the years 1 to 9999."""
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"“{instant.isoformat()}” is outside of the calendar") from None
