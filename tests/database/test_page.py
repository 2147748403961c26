"""Pages: Relay's algorithm, held against the specification on real rows, and what a page costs."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from database.cursor import Direction, encode_cursor
from database.errors import BadCursor, InvalidInput
from database.filters import ActivityFilter, Equals
from database.page import PageRequest
from database.period import LastDays
from database.pool import Pools
from models.status import Status
from tests.conftest import NOW
from tests.database.activities import EVER, NEIGHBOUR, ROWS, activity, ids_of, listed, page_of, record
from tests.database.watched import watched_pools

ID_ONLY = frozenset({"id"})


@pytest.fixture
async def filled(pools: Pools, connection: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch) -> Pools:
    """The pools of a database that holds ROWS, of which some are near and others are not."""
    monkeypatch.setattr("database.page.NEAR_ROWS", 20)
    await record(connection, ROWS)
    return pools


# The rows are written once for all examples, which only read.
reading_only = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def kept(
    listed_ids: Sequence[UUID], direction: Direction, after: UUID | None, before: UUID | None
) -> tuple[list[UUID], bool, bool]:
    """ApplyCursorsToEdges, by position; and whether each cursor dropped anything."""

    def precedes(one: UUID, other: UUID) -> bool:
        return one > other if direction is Direction.DESC else one < other

    follow = [id_ for id_ in listed_ids if after is None or precedes(after, id_)]
    between = [id_ for id_ in follow if before is None or precedes(id_, before)]
    reach = [id_ for id_ in listed_ids if before is not None and not precedes(id_, before)]
    return between, len(follow) < len(listed_ids), bool(reach)


def specified(
    listed_ids: Sequence[UUID],
    direction: Direction,
    first: int | None,
    after: UUID | None,
    last: int | None,
    before: UUID | None,
) -> tuple[list[UUID], bool, bool]:
    """The specification's EdgesToReturn, HasNextPage and HasPreviousPage, word by word."""
    edges, drops_before, drops_after = kept(listed_ids, direction, after, before)
    has_next = len(edges) > first if first is not None else drops_after
    has_previous = len(edges) > last if last is not None else drops_before
    if first is not None:
        edges = edges[:first]
    if last is not None:
        edges = edges[len(edges) - last :] if len(edges) > last else edges
    return edges, has_next, has_previous


FILTERS = [
    ActivityFilter(period=EVER),
    ActivityFilter(),
    ActivityFilter(period=EVER, status=frozenset({Status.DEFERRED})),
    ActivityFilter(period=EVER, status=frozenset({Status.DEFERRED, Status.PENDING, Status.DELIVERED})),
    ActivityFilter(period=EVER, search="zoe"),
    ActivityFilter(period=EVER, search="nobody"),
]
sizes = st.sampled_from([0, 1, 2, 5, 40, 100])
positions = (
    st.none()
    | st.sampled_from([row.id for row in ROWS])
    | st.uuids()
    | st.sampled_from([UUID(int=0), UUID(int=2**128 - 1)])
)


@reading_only
@given(
    st.sampled_from(Direction),
    st.tuples(sizes, st.none()) | st.tuples(st.none(), sizes) | st.tuples(sizes, sizes),
    positions,
    positions,
    st.sampled_from(FILTERS),
)
async def test_a_page_is_what_the_connections_specification_says(
    filled: Pools,
    direction: Direction,
    size: tuple[int | None, int | None],
    after: UUID | None,
    before: UUID | None,
    asked: ActivityFilter,
) -> None:
    first, last = size
    request = PageRequest(
        ID_ONLY,
        direction,
        first=first,
        after=None if after is None else encode_cursor(direction, after),
        last=last,
        before=None if before is None else encode_cursor(direction, before),
        wants_next=True,
        wants_previous=True,
    )
    page = await page_of(filled, request, asked)
    everything = listed(ROWS, asked, direction)
    assert (ids_of(page), page.has_next, page.has_previous) == specified(
        everything, direction, first, after, last, before
    )


@pytest.mark.parametrize("direction", Direction)
async def test_pages_from_the_start_joined_are_the_whole_list(filled: Pools, direction: Direction) -> None:
    asked = ActivityFilter(period=EVER)
    ids: list[UUID] = []
    request = PageRequest(ID_ONLY, direction, first=7, wants_next=True, wants_previous=True)
    page = await page_of(filled, request, asked)
    assert page.has_previous is False
    while True:
        ids += ids_of(page)
        if not page.has_next:
            break
        page = await page_of(filled, replace(request, after=encode_cursor(direction, ids[-1])), asked)
        assert page.has_previous is True
    assert ids == listed(ROWS, asked, direction)


@pytest.mark.parametrize("direction", Direction)
async def test_pages_from_the_end_joined_are_the_whole_list(filled: Pools, direction: Direction) -> None:
    asked = ActivityFilter(period=EVER)
    ids: list[UUID] = []
    request = PageRequest(ID_ONLY, direction, last=7, wants_next=True, wants_previous=True)
    page = await page_of(filled, request, asked)
    assert page.has_next is False
    while True:
        ids = ids_of(page) + ids
        if not page.has_previous:
            break
        page = await page_of(filled, replace(request, before=encode_cursor(direction, ids[0])), asked)
        assert page.has_next is True
    assert ids == listed(ROWS, asked, direction)


async def test_rows_that_come_and_go_between_two_pages_shift_nothing(
    filled: Pools, connection: asyncpg.Connection
) -> None:
    asked, request = ActivityFilter(), PageRequest(ID_ONLY, first=10)
    first = ids_of(await page_of(filled, request, asked))
    await record(connection, [activity(NOW, key=f"new {number}") for number in range(5)])
    await connection.execute("delete from smtp_activity where id = $1", first[-1])
    second = ids_of(await page_of(filled, replace(request, after=encode_cursor(Direction.DESC, first[-1])), asked))
    assert first + second == listed(ROWS, asked, Direction.DESC)[:20]


async def test_a_relay_whose_clock_is_ahead_does_not_hide_what_was_just_sent(
    pools: Pools, connection: asyncpg.Connection
) -> None:
    ahead = activity(NOW + timedelta(seconds=90), key="ahead")
    await record(connection, [ahead])
    assert ids_of(await page_of(pools, PageRequest(ID_ONLY, first=1), ActivityFilter())) == [ahead.id]


async def test_rows_hold_the_id_and_what_was_asked_for(filled: Pools) -> None:
    page = await page_of(filled, PageRequest(frozenset({"subject", "status"}), first=1), ActivityFilter())
    assert set(page.rows[0].keys()) == {"id", "status", "subject"}


async def test_a_column_that_is_not_there_is_no_column(filled: Pools) -> None:
    with pytest.raises(KeyError, match="password"):
        await page_of(filled, PageRequest(frozenset({"password"}), first=1), ActivityFilter())


PAGE = PageRequest(ID_ONLY, first=10)
HERE = encode_cursor(Direction.DESC, ROWS[0].id)


def with_ends(request: PageRequest) -> PageRequest:
    """The request of a caller who asks about both ends."""
    return replace(request, wants_next=True, wants_previous=True)


@pytest.mark.parametrize(
    ("request_", "asked", "expected"),
    [
        (PAGE, ActivityFilter(), ["page"]),
        (with_ends(PageRequest(ID_ONLY, first=10)), ActivityFilter(), ["page"]),
        (PageRequest(ID_ONLY, first=10, after=HERE, wants_next=True), ActivityFilter(), ["page"]),
        (with_ends(PageRequest(ID_ONLY, first=10, after=HERE)), ActivityFilter(), ["page", "page"]),
        (with_ends(PageRequest(ID_ONLY, last=10, before=HERE)), ActivityFilter(), ["page", "page"]),
        (with_ends(PageRequest(ID_ONLY, first=10, last=5, after=HERE, before=HERE)), ActivityFilter(), ["page"]),
        (PageRequest(ID_ONLY, first=0, after=HERE), ActivityFilter(), []),
        (PageRequest(ID_ONLY, last=0, before=HERE), ActivityFilter(), []),
        (PageRequest(ID_ONLY, first=0, wants_next=True), ActivityFilter(), ["page"]),
        (PAGE, ActivityFilter(status=frozenset({Status.DEFERRED, Status.PENDING}), queue_id="4fA"), ["search"]),
        (PAGE, ActivityFilter(status=frozenset({Status.DEFERRED, Status.PENDING})), ["page"]),
        (
            PAGE,
            ActivityFilter(status=frozenset({Status.DEFERRED, Status.PENDING}), search="zoe"),
            ["page", "page", "search"],
        ),
        (PAGE, ActivityFilter(period=LastDays(1), search="zoe"), ["page", "page"]),
        (PAGE, ActivityFilter(recipient=Equals("zoe@example.com")), ["page"]),
        (PAGE, ActivityFilter(recipient=Equals("zoe@example.com"), message_id="1@a"), ["search"]),
        (PAGE, ActivityFilter(recipient=Equals("zoe@example.com"), search="zoe"), ["page", "page", "search"]),
        # Of two words it is counted which is rare.
        (PAGE, ActivityFilter(search="nobody@example.com"), ["page", "page", "page", "search"]),
    ],
)
async def test_a_page_takes_one_statement_more_for_an_end_beyond_a_cursor_and_more_for_a_text(
    filled: Pools, database_url: str, request_: PageRequest, asked: ActivityFilter, expected: list[str]
) -> None:
    async with watched_pools(database_url) as (pools, sent):
        await page_of(pools, request_, asked)
    assert [statement.pool for statement in sent] == expected


async def test_the_account_is_the_first_condition_and_parameter_of_every_statement(
    filled: Pools, database_url: str
) -> None:
    asked = ActivityFilter(status=frozenset({Status.DEFERRED, Status.PENDING}))
    async with watched_pools(database_url) as (pools, sent):
        await page_of(pools, replace(PAGE, after=HERE, wants_previous=True), asked, NEIGHBOUR)
    assert len(sent) == 2
    for statement in sent:
        assert statement.sql.count("WHERE") == statement.sql.count("WHERE smtp_activity.account_id = $1 AND") == 2
        assert statement.arguments[0] == NEIGHBOUR


async def test_the_account_is_the_first_condition_wherever_an_address_is_looked_for(
    filled: Pools, database_url: str
) -> None:
    async with watched_pools(database_url) as (pools, sent):
        await page_of(pools, PAGE, ActivityFilter(recipient=Equals("zoe@example.com")), NEIGHBOUR)
    (statement,) = sent
    assert statement.sql.count("WHERE") == statement.sql.count("WHERE smtp_activity.account_id = $2 AND") == 2
    assert statement.arguments[:2] == (("zoe@example.com",), NEIGHBOUR)


async def test_ends_that_are_not_wanted_are_not_known(filled: Pools) -> None:
    page = await page_of(filled, replace(PAGE, after=HERE), ActivityFilter())
    assert (page.has_next, page.has_previous) == (None, None)


@pytest.mark.parametrize("argument", ["first", "last"])
@pytest.mark.parametrize("rows", [-1, 101, 2**31])
def test_a_page_has_0_to_100_rows(argument: str, rows: int) -> None:
    with pytest.raises(InvalidInput) as caught:
        PageRequest(ID_ONLY, first=rows if argument == "first" else 1, last=rows if argument == "last" else 1)
    assert caught.value.path == (argument,)
    assert str(caught.value) == f"{argument} must be from 0 to 100, not {rows}."


def test_a_page_without_a_size_is_the_callers_mistake() -> None:
    with pytest.raises(ValueError, match="first, last or both"):
        PageRequest(ID_ONLY)


@pytest.mark.parametrize("argument", ["after", "before"])
async def test_a_cursor_of_another_order_is_refused_under_its_argument(filled: Pools, argument: str) -> None:
    cursor = encode_cursor(Direction.ASC, ROWS[0].id)
    request = replace(PAGE, after=cursor) if argument == "after" else replace(PAGE, before=cursor)
    with pytest.raises(BadCursor, match="another order") as caught:
        await page_of(filled, request, ActivityFilter())
    assert caught.value.path == (argument,)


async def test_a_filter_that_is_not_understood_reads_nothing(filled: Pools, database_url: str) -> None:
    async with watched_pools(database_url) as (pools, sent):
        with pytest.raises(InvalidInput):
            await page_of(pools, PAGE, ActivityFilter(search=" "))
    assert sent == []
