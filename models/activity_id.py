"""The id of an activity: a UUID of version 8 (RFC 9562) that is ordered by time and the same at every reading of a log.

Layout: 48 bits arrival in milliseconds (whole seconds), 26 bits keyed hash of account and message, 48 bits keyed hash
of the recipient. The key is the installation's own, so that an id tells nothing about an address.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple
from uuid import UUID

# Above every activity's id.
TOP_ID = UUID(int=(1 << 128) - 1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECONDS_A_DAY = 86_400
_MESSAGE_BITS = 26
_RECIPIENT_BITS = 48
_MAX_MILLISECONDS = (1 << 48) - 1


class IdRange(NamedTuple):
    """Ids from `first` (included) to `end` (excluded; None: no end)."""

    first: UUID
    end: UUID | None


def activity_id(
    key: bytes, account_id: int, message_key: str, arrived_at: datetime, recipient: str, delivered_to: str | None
) -> UUID:
    """The id of one recipient of one message; an alias's final addresses are recipients of their own."""
    of_message = message_bits(key, account_id, message_key, arrived_at)
    return UUID(int=of_message | recipient_bits(key, recipient, delivered_to or recipient))


def message_bits(key: bytes, account_id: int, message_key: str, arrived_at: datetime) -> int:
    """What the ids of all recipients of one message have in common."""
    message = _hash(key, "message", str(account_id), message_key, bits=_MESSAGE_BITS)
    return _assemble(_milliseconds(arrived_at), message)


def recipient_bits(key: bytes, recipient: str, delivered_to: str) -> int:
    """What sets a recipient's id apart from the others of its message."""
    return _hash(key, "recipient", recipient, delivered_to, bits=_RECIPIENT_BITS)


def message_range(key: bytes, account_id: int, message_key: str, arrived_at: datetime) -> IdRange:
    """The ids of all recipients of one message; another message may share it, so compare the message key as well."""
    first = message_bits(key, account_id, message_key, arrived_at)
    return IdRange(UUID(int=first), UUID(int=first + (1 << _RECIPIENT_BITS)))


def message_range_of(id_: UUID) -> IdRange:
    """The ids of all recipients of the message of this activity, likewise; any UUID has such a range."""
    first = id_.int >> _RECIPIENT_BITS << _RECIPIENT_BITS
    end = first + (1 << _RECIPIENT_BITS)
    return IdRange(UUID(int=first), None if end >> 128 else UUID(int=end))


def time_range(start: datetime, end: datetime) -> IdRange:
    """The ids of messages that arrived from `start` (included) to `end` (excluded), both of whole seconds."""
    return IdRange(first_id_at(start), first_id_at(end))


def first_id_at(instant: datetime) -> UUID:
    """The smallest id of that second; bounded to what 48 bits of milliseconds hold."""
    return UUID(int=_assemble(min(max(_milliseconds(instant), 0), _MAX_MILLISECONDS), 0))


def sent_at(id_: UUID) -> datetime:
    """The arrival that an id carries, in UTC."""
    return EPOCH + timedelta(milliseconds=id_.int >> 80)


def _assemble(milliseconds: int, message: int) -> int:
    # Version (8) and variant (binary 10) stand between the fields, as RFC 9562 places them.
    rand_a, rest = message >> 14, message & 0x3FFF
    return milliseconds << 80 | 0x8 << 76 | rand_a << 64 | 0b10 << 62 | rest << _RECIPIENT_BITS


def _milliseconds(instant: datetime) -> int:
    since = instant - EPOCH
    return (since.days * _SECONDS_A_DAY + since.seconds) * 1000


def _hash(key: bytes, purpose: str, one: str, other: str, *, bits: int) -> int:
    # Each part is preceded by its length, so that no two lists of parts hash the same text.
    text = f"{len(purpose)}:{purpose}{len(one)}:{one}{len(other)}:{other}"
    hashed = _keyed(key).copy()
    hashed.update(text.encode("utf-8", "surrogateescape"))
    return int.from_bytes(hashed.digest()) >> (64 - bits)


# Half of the work is the key's, which is always the same.
@lru_cache(maxsize=8)
def _keyed(key: bytes) -> blake2b:
    return blake2b(key=key, digest_size=8)
