"""Pages while rows arrive and vanish: what is read from page to page neither repeats nor skips what stayed."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from database.cursor import Direction, encode_cursor
from database.filters import ActivityFilter
from database.page import PageRequest
from database.pool import Pools
from models.activity_row import ActivityRow
from tests.database.activities import EVER, ROWS, ids_of, listed, page_of, record
from tests.database.test_page import ID_ONLY, specified

ALL = ActivityFilter(period=EVER)
SOME = [row for row in ROWS if row.id in set(listed(ROWS, ALL, Direction.ASC))][:40]


async def change(connection: asyncpg.Connection, present: Sequence[ActivityRow], to: Sequence[ActivityRow]) -> None:
    """Let rows go and come."""
    gone = [row.id for row in present if row not in to]
    await connection.execute("delete from smtp_activity where id = any($1)", gone)
    if new := [row for row in to if row not in present]:
        await record(connection, new)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(Direction),
    st.integers(1, 9),
    st.lists(st.lists(st.sampled_from(SOME), unique_by=lambda row: row.id), min_size=2, max_size=7),
)
async def test_rows_that_come_and_go_between_pages_shift_nothing(
    pools: Pools,
    connection: asyncpg.Connection,
    direction: Direction,
    size: int,
    stages: list[list[ActivityRow]],
) -> None:
    await connection.execute("delete from smtp_activity")
    present: list[ActivityRow] = []
    seen: list[UUID] = []
    for stage in stages:
        await change(connection, present, stage)
        present = stage
        after = seen[-1] if seen else None
        cursor = None if after is None else encode_cursor(direction, after)
        page = await page_of(pools, PageRequest(ID_ONLY, direction, first=size, after=cursor, wants_next=True), ALL)
        rows, has_next, _ = specified(listed(present, ALL, direction), direction, size, after, None, None)
        assert (ids_of(page), page.has_next) == (rows, has_next)
        seen += ids_of(page)
    assert seen == sorted(set(seen), reverse=direction is Direction.DESC)
