"""Months: their bounds, and that they are made once, whoever asks."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from database.partitions import ensure_months, months_ahead, months_between
from database.pool import connect
from models.activity import SmtpActivity
from models.activity_id import first_id_at
from tests.conftest import NOW
from tests.database.test_constraints import ACTIVITY, add

MAY = date(2001, 5, 1)


@pytest.fixture
async def without_may(connection: asyncpg.Connection) -> AsyncIterator[asyncpg.Connection]:
    """A connection; what the test makes of May 2001 is gone afterwards."""
    yield connection
    await connection.execute("select smtp_activity_drop_month($1)", MAY)


async def parts(connection: asyncpg.Connection) -> set[str]:
    rows = await connection.fetch(
        "select inhrelid::regclass::text from pg_inherits where inhparent in"
        " ('smtp_activity'::regclass, 'smtp_event'::regclass)"
    )
    return {name for (name,) in rows}


def test_months_between_two_instants_are_those_of_utc() -> None:
    first = datetime(2025, 11, 30, 23, 30, tzinfo=timezone(timedelta(hours=-5)))
    assert months_between(first, datetime(2026, 2, 1, tzinfo=UTC)) == (
        date(2025, 12, 1),
        date(2026, 1, 1),
        date(2026, 2, 1),
    )


def test_no_months_lie_between_instants_in_the_wrong_order() -> None:
    assert months_between(NOW, NOW - timedelta(days=40)) == ()


def test_the_months_ahead_cross_the_year() -> None:
    assert months_ahead(NOW) == (date(2026, 10, 1), date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1))


INSTANTS = st.datetimes(datetime(1970, 1, 1), datetime(2099, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001  # UTC follows.


@given(st.lists(INSTANTS, min_size=2, max_size=2).map(sorted))
def test_months_between_follow_each_other_from_the_first_to_the_last(instants: list[datetime]) -> None:
    first, last = instants
    months = months_between(first, last)
    assert (months[0].year, months[0].month) == (first.year, first.month)
    assert (months[-1].year, months[-1].month) == (last.year, last.month)
    assert all(timedelta(28) <= b - a <= timedelta(31) and b.day == 1 for a, b in pairwise(months))


async def test_the_first_ids_of_days_are_those_of_the_models(connection: asyncpg.Connection) -> None:
    days = [date(1970, 1, 1), date(1999, 12, 31), date(2024, 2, 29), date(2026, 11, 1), date(9999, 12, 1)]
    ids = [await connection.fetchval("select smtp_activity_first_id($1)", day) for day in days]
    assert ids == [first_id_at(datetime(day.year, day.month, day.day, tzinfo=UTC)) for day in days]


async def test_a_month_holds_its_first_and_its_last_instant(without_may: asyncpg.Connection) -> None:
    await ensure_months(without_may, [MAY])
    first, next_month = datetime(2001, 5, 1, tzinfo=UTC), datetime(2001, 6, 1, tzinfo=UTC)
    last_of_may = first_id_at(next_month - timedelta(seconds=1))
    for id_ in (first_id_at(first), last_of_may):
        await add(without_may, SmtpActivity, ACTIVITY | {"id": id_})
    assert await without_may.fetchval("select count(*) from smtp_activity_2001_05") == 2
    for id_ in (first_id_at(first - timedelta(seconds=1)), first_id_at(next_month)):
        with pytest.raises(asyncpg.CheckViolationError, match="no partition"):
            await add(without_may, SmtpActivity, ACTIVITY | {"id": id_})


async def test_a_new_month_has_the_keys_indexes_and_checks_of_its_parent(without_may: asyncpg.Connection) -> None:
    await ensure_months(without_may, [MAY])
    for table, indexes in (("smtp_activity", 7), ("smtp_event", 1)):
        # Attached to the parent's indexes, not beside them.
        attached = await without_may.fetchval(
            "select count(*) from pg_inherits join pg_index on indexrelid = inhrelid where indrelid = to_regclass($1)",
            f"{table}_2001_05",
        )
        assert attached == indexes
    checks = "select count(*) from pg_constraint where contype = 'c' and conrelid = $1::text::regclass"
    for table in ("smtp_activity", "smtp_event"):
        parent, part = [await without_may.fetchval(checks, name) for name in (table, f"{table}_2001_05")]
        assert parent == part > 0


async def test_asking_again_changes_nothing(without_may: asyncpg.Connection) -> None:
    await ensure_months(without_may, [MAY])
    before = await parts(without_may)
    await ensure_months(without_may, [MAY, MAY])
    assert await parts(without_may) == before
    assert {"smtp_activity_2001_05", "smtp_event_2001_05"} <= before


async def test_many_may_ask_for_the_same_month_at_once(database_url: str, without_may: asyncpg.Connection) -> None:
    others = [await connect(database_url) for _ in range(4)]
    try:
        await asyncio.gather(*(ensure_months(other, [MAY]) for other in others))
    finally:
        for other in others:
            await other.close()
    assert "smtp_event_2001_05" in await parts(without_may)


async def test_a_month_is_made_while_others_read_and_write(database_url: str, without_may: asyncpg.Connection) -> None:
    other = await connect(database_url)
    try:
        async with other.transaction():
            await add(other, SmtpActivity, ACTIVITY)
            await other.fetch("select from smtp_event")
            await asyncio.wait_for(ensure_months(without_may, [MAY]), timeout=3)
    finally:
        await other.close()
    assert "smtp_activity_2001_05" in await parts(without_may)


async def test_a_dropped_month_is_gone_with_its_rows(without_may: asyncpg.Connection) -> None:
    await ensure_months(without_may, [MAY])
    await add(without_may, SmtpActivity, ACTIVITY | {"id": first_id_at(datetime(2001, 5, 9, tzinfo=UTC))})
    for _ in range(2):
        await without_may.execute("select smtp_activity_drop_month($1)", MAY)
    assert await without_may.fetchval("select count(*) from smtp_activity") == 0
    assert not any("2001_05" in name for name in await parts(without_may))


@pytest.mark.parametrize("function", ["smtp_activity_add_month", "smtp_activity_drop_month"])
@pytest.mark.parametrize("day", [date(2026, 11, 2), date(1969, 12, 1)])
async def test_what_names_no_month_is_refused(connection: asyncpg.Connection, function: str, day: date) -> None:
    with pytest.raises(asyncpg.InvalidParameterValueError, match=f"first day, from 1970-01-01 .*: {day}"):
        await connection.execute(f"select {function}($1)", day)
