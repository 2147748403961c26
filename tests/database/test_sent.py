"""Instants are read as PostgreSQL sends them."""

from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from database.sent import SENT_EPOCH


@pytest.mark.parametrize(
    "instant",
    [
        datetime(2026, 11, 28, 17, 9, 53, 123456, UTC),
        datetime(2000, 1, 1, tzinfo=UTC),
        datetime(1999, 12, 31, 23, 59, 59, 999999, UTC),
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
    ],
)
async def test_what_is_sent_is_read_as_the_same_instant(connection: asyncpg.Connection, instant: datetime) -> None:
    microseconds = int.from_bytes(await connection.fetchval("select timestamptz_send($1)", instant), signed=True)
    assert SENT_EPOCH + timedelta(microseconds=microseconds) == instant
