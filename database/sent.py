"""Instants as PostgreSQL sends them: read as they come, they cost a tenth of a datetime, which nobody would look at.

A `timestamptz` is eight bytes: microseconds since 2000 in UTC, the sign included (`timestamptz_send` in PostgreSQL).
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, DateTime, func

SENT_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


def sent(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """A column to select, under its own name: an instant as it is sent, everything else as the driver reads it."""
    if isinstance(column.type, DateTime):
        return func.timestamptz_send(column).label(column.key)
    return column


def sent_instant(instant: bytes) -> datetime:
    """The instant, in UTC."""
    return SENT_EPOCH + timedelta(microseconds=int.from_bytes(instant, signed=True))
