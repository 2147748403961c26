"""Cursors of lists in the order of time: opaque and URL-safe, a byte each for version and order, the id's 16 bytes."""

from collections.abc import Sequence
from enum import IntEnum
from uuid import UUID

from database.errors import BadCursor

_VERSION = 1
_BYTES = 18


class Direction(IntEnum):
    """Which way a list of activities runs through their ids, and so through time; the value stands in cursors."""

    ASC = 1
    DESC = 2

    @property
    def opposite(self) -> "Direction":
        """The other way."""
        return Direction.ASC if self is Direction.DESC else Direction.DESC


class TokenOrder(IntEnum):
    """The order of a list of access tokens; its value is none of the other's, so that no cursor fits both lists."""

    NEWEST_FIRST = 3


Order = Direction | TokenOrder


def encode_cursors(order: Order, ids: Sequence[UUID]) -> list[str]:
    """The cursors of the rows with these ids."""
    if not ids:
        return []
    # Written as one text: hexadecimal, unlike base64, comes apart as it is made.
    head = bytes((_VERSION, order))
    return head.join([b"", *[id_.bytes for id_ in ids]]).hex(" ", _BYTES).split(" ")


def encode_cursor(order: Order, id_: UUID) -> str:
    """The cursor of the row with this id."""
    return encode_cursors(order, (id_,))[0]


def decode_cursor(text: str, order: Order, *, argument: str = "after") -> UUID:
    """The id that the cursor points at, whether or not its row exists; raises BadCursor with the argument as path."""
    try:
        content = bytes.fromhex(text)
        id_, written = UUID(bytes=content[2:]), type(order)(content[1])
    except (ValueError, IndexError):
        raise _not_a_cursor(argument) from None
    # Spaces and capitals are read, too: only what would be handed out counts.
    if text != encode_cursor(written, id_):
        raise _not_a_cursor(argument)
    if written is not order:
        raise BadCursor(f"{argument} is a cursor of another order: ask in its order, or begin without it.", (argument,))
    return id_


def _not_a_cursor(argument: str) -> BadCursor:
    return BadCursor(
        f"{argument} is not a cursor of this connection: take one from its edges or its pageInfo.", (argument,)
    )
