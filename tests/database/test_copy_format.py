"""Fields that are made here are the values that PostgreSQL reads."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from database.copy_format import beginning, bigint, boolean, file_of, instant, integer, smallint, text, uuid

Row = tuple[str | None, datetime | None, int | None, int, int | None, bool, UUID]

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
instants = st.datetimes(datetime(1900, 1, 1), datetime(2999, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # Theirs.


def signed(bits: int) -> st.SearchStrategy[int]:
    return st.integers(-(1 << bits - 1), (1 << bits - 1) - 1)


rows = st.tuples(
    st.none() | texts,
    st.none() | instants,
    st.none() | signed(16),
    signed(32),
    st.none() | signed(64),
    st.booleans(),
    st.uuids(),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=settings().max_examples // 5)
@given(st.lists(rows))
async def test_rows_are_read_as_they_were(connection: asyncpg.Connection, given_rows: list[Row]) -> None:
    async def file() -> AsyncIterator[bytes]:
        yield file_of(
            b"".join((beginning(7), text(a), instant(b), smallint(c), integer(d), bigint(e), boolean(f), uuid(g.int)))
            for a, b, c, d, e, f, g in given_rows
        )

    async with connection.transaction():
        await connection.execute(
            "create temporary table given (number int generated always as identity, a text, b timestamptz, c smallint,"
            " d integer, e bigint, f boolean, g uuid) on commit drop"
        )
        await connection.copy_to_table("given", source=file(), columns=list("abcdefg"), format="binary")
        records = await connection.fetch("select a, b, c, d, e, f, g from given order by number")
    assert [tuple(record) for record in records] == given_rows
