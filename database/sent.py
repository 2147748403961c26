"""What rows that are only shown are read as: as near as possible to how it is shown, for each object more costs time.

An instant is the eight bytes that PostgreSQL sends of a `timestamptz` (its function `timestamptz_send`): microseconds
since 2000 in UTC, the sign included. An id is its text.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, DateTime, Text, Uuid, cast, func

SENT_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


def sent(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """A column to select, under its own name: an instant or an id so, everything else as the driver reads it."""
    if isinstance(column.type, DateTime):
        return func.timestamptz_send(column).label(column.key)
    if isinstance(column.type, Uuid):
        return cast(column, Text).label(column.key)
    return column
