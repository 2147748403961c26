"""Cursors of a list of activities: opaque and URL-safe, a version byte, a byte for the order and the id's 16 bytes."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from enum import IntEnum
from uuid import UUID

from database.errors import BadCursor

_VERSION = 1


class Direction(IntEnum):
    """Which way a list runs through the ids, and so through time; the value stands in cursors."""

    ASC = 1
    DESC = 2

    @property
    def opposite(self) -> "Direction":
        """The other way."""
        return Direction.ASC if self is Direction.DESC else Direction.DESC


def encode_cursor(direction: Direction, id_: UUID) -> str:
    """The cursor of the row with this id; its 18 bytes fill 24 characters of base64, so there is no padding."""
    return urlsafe_b64encode(bytes((_VERSION, direction)) + id_.bytes).decode("ascii")


def decode_cursor(text: str, direction: Direction, *, argument: str = "after") -> UUID:
    """The id that the cursor points at, whether or not its row exists; raises BadCursor with the argument as path."""
    try:
        content = urlsafe_b64decode(text)
        id_, order = UUID(bytes=content[2:]), Direction(content[1])
    except ValueError:
        raise _not_a_cursor(argument) from None
    # The decoder skips foreign characters and knows two alphabets: only what would be handed out counts.
    if text != encode_cursor(order, id_):
        raise _not_a_cursor(argument)
    if order is not direction:
        raise BadCursor(f"{argument} is a cursor of another order: ask in its order, or begin without it.", (argument,))
    return id_


def _not_a_cursor(argument: str) -> BadCursor:
    return BadCursor(
        f"{argument} is not a cursor of this connection: take one from its edges or its pageInfo.", (argument,)
    )
