"""Postfix queue ids: a long one holds its message's arrival (Postfix's mail_queue.h), a short one is used again."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

# The digits of base 52: no vowels. The inode's base is 51, so that no `z` follows the one that separates it.
_ALPHABET = "0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz"
_VALUES = {digit: value for value, digit in enumerate(_ALPHABET)}
# Six digits of seconds last until the year 2596; Postfix writes more only after that.
_LONG = rf"[{_ALPHABET}]{{6}}[{_ALPHABET}]{{4}}z[{_ALPHABET[:-1]}]+"
_SHORT = r"[0-9A-F]{6,}"
_IS_LONG = re.compile(_LONG).fullmatch
_IS_ANY = re.compile(f"{_SHORT}|{_LONG}").fullmatch

QUEUE_ID = f"(?:{_SHORT}|{_LONG})"
"""The pattern of any queue id, for the lines that begin with one."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Long ids came with Postfix 2.9; outside of this a relay's clock was wrong, and the id says nothing.
_EARLIEST = datetime(2011, 1, 1, tzinfo=UTC)
_LATEST = datetime(2100, 1, 1, tzinfo=UTC)
_MICROSECONDS_A_SECOND = 1_000_000


@lru_cache(maxsize=8192)
def is_queue_id(text: str) -> bool:
    """Whether this is a queue id, long or short."""
    return _IS_ANY(text) is not None


@lru_cache(maxsize=8192)
def arrival_of(queue_id: str) -> datetime | None:
    """When the message of a long queue id arrived (UTC, cut to whole seconds); None for a short id."""
    if _IS_LONG(queue_id) is None or _number(queue_id[6:10]) >= _MICROSECONDS_A_SECOND:
        return None
    arrival = _EPOCH + timedelta(seconds=_number(queue_id[:6]))
    return arrival if _EARLIEST <= arrival < _LATEST else None


def _number(digits: str) -> int:
    number = 0
    for digit in digits:
        number = number * len(_ALPHABET) + _VALUES[digit]
    return number
