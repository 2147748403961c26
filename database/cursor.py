"""Cursors of lists in the order of time: opaque and URL-safe, a digit each for version and order, and the row's id."""

from collections.abc import Sequence
from enum import IntEnum
from uuid import UUID

from database.errors import BadCursor

_VERSION = 1
_HEAD_LENGTH = 3


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


def encode_cursors(order: Order, ids: Sequence[str]) -> list[str]:
    """The cursors of the rows with these ids, given as texts."""
    head = _head(order)
    return [head + id_ for id_ in ids]


def encode_cursor(order: Order, id_: UUID | str) -> str:
    """The cursor of the row with this id, or its text."""
    return f"{_head(order)}{id_}"


def decode_cursor(text: str, order: Order, *, argument: str = "after") -> UUID:
    """The id that the cursor points at, whether or not its row exists; raises BadCursor with the argument as path."""
    try:
        written, id_ = type(order)(int(text[1:2])), UUID(text[_HEAD_LENGTH:])
    except ValueError:
        raise _not_a_cursor(argument) from None
    # Digits, capitals and braces are read in more ways: only what would be handed out counts.
    if text != encode_cursor(written, id_):
        raise _not_a_cursor(argument)
    if written is not order:
        raise BadCursor(f"{argument} is a cursor of another order: ask in its order, or begin without it.", (argument,))
    return id_


def _head(order: Order) -> str:
    return f"{_VERSION}{int(order)}."


def _not_a_cursor(argument: str) -> BadCursor:
    return BadCursor(
        f"{argument} is not a cursor of this connection: take one from its edges or its pageInfo.", (argument,)
    )
