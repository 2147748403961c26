"""One page of an account's activities: Relay's connection algorithm over ids, in one statement.

The order never reverses: a page from the end is read backwards and turned round.
"""

from collections.abc import Awaitable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import msgspec
from sqlalchemy import ColumnElement, FromClause, Select, bindparam, literal_column, select, union_all

from auth.viewer import ReadableAccount
from database.comparisons import ACTIVITY, WITHIN, Shape, conditions, of_statuses, status_is, where
from database.cursor import Direction, decode_cursor
from database.errors import InvalidInput
from database.filters import ActivityFilter, BoundFilter, bind_filter
from database.near import NEAR_ROWS, row_beyond_near
from database.pieces import has_pieces, piece_values, rare_pieces
from database.pool import KeepingPool, Pools
from database.recipients import PLACES, of_each_recipient
from database.sent import sent
from database.statement import Statement, compile_statement
from models.activity_id import TOP_ID

MAX_ROWS = 100

_KEPT_STATEMENTS = 500


class PageRequest(msgspec.Struct, frozen=True):
    """Which rows, columns and ends: `first`, `last` or both, from 0 to 100; raises InvalidInput for other numbers."""

    columns: frozenset[str]
    direction: Direction = Direction.DESC
    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None
    wants_previous: bool = False
    wants_next: bool = False

    def __post_init__(self) -> None:
        if self.first is None and self.last is None:
            raise ValueError("A page has a size: first, last or both.")
        for argument, rows in (("first", self.first), ("last", self.last)):
            if rows is not None and not 0 <= rows <= MAX_ROWS:
                raise InvalidInput(f"{argument} must be from 0 to {MAX_ROWS}, not {rows}.", (argument,))


class Page(NamedTuple):
    """Rows (`id` and the asked columns, all as they are `sent`) in the list's order.

    Whether more follow or precede, None when not wanted.
    """

    rows: list[asyncpg.Record]
    has_next: bool | None
    has_previous: bool | None


class _Ids(NamedTuple):
    """Ids from `first` (included) to `end` (excluded)."""

    first: UUID
    end: UUID


class _Window(NamedTuple):
    """The ids between the cursors, and those that each cursor drops, its own position included; None without it."""

    ids: _Ids
    before: _Ids | None
    after: _Ids | None


class _Asked(NamedTuple):
    """Who asks for what, and where."""

    pools: Pools
    account: ReadableAccount
    bound: BoundFilter

    async def rows(self, ids: _Ids, columns: frozenset[str], direction: Direction, limit: int) -> list[asyncpg.Record]:
        """At most so many rows of these ids."""
        if limit == 0:
            return []
        shape = self.bound.shape
        if not shape.searches:
            pool = self.pools.search if self.bound.needs_its_own_plan else self.pools.page
            return await self._fetch(pool, _rows_statement(shape, columns, direction), ids, limit)
        near, far = await self._parted(ids, direction)
        rows = await self._fetch(self.pools.page, _near_rows_statement(shape, columns, direction), near, limit)
        if far is None or len(rows) == limit:
            return rows
        own = {"account_id": self.account, "first_id": near.first, "end_id": near.end}
        pieces = await rare_pieces(self.pools.page, self.bound.required_patterns, own)
        statement = _far_rows_statement(shape, columns, direction, len(pieces))
        return rows + await self._fetch(self.pools.search, statement, far, limit - len(rows), pieces)

    async def _parted(self, ids: _Ids, direction: Direction) -> tuple[_Ids, _Ids | None]:
        """The ids of the first rows in this direction, no more than are near, and all others; None: there are none."""
        found = await self._fetch(self.pools.page, row_beyond_near(direction), ids, NEAR_ROWS)
        if not found:
            return ids, None
        return _split(ids, found[0]["id"], keep_older=direction is Direction.ASC)

    def _fetch(
        self, pool: KeepingPool, statement: Statement, ids: _Ids, limit: int, pieces: Sequence[str] = ()
    ) -> Awaitable[list[asyncpg.Record]]:
        own = {"account_id": self.account, "first_id": ids.first, "end_id": ids.end, "limit": limit}
        values = self.bound.values | own | piece_values(pieces)
        return pool.fetch(statement.sql, *statement.arguments(values))


async def read_page(
    pools: Pools,
    account: ReadableAccount,
    activity_filter: ActivityFilter,
    request: PageRequest,
    *,
    now: datetime,
    time_zone: ZoneInfo,
) -> Page:
    """The page that is asked for; raises InvalidInput (BadCursor among them) before anything is read.

    One statement, and one more only where an end is wanted that lies beyond a cursor. For a text each of them becomes
    two, or three where the rows that are near do not fill the page (docs/decisions/0016).
    """
    bound = bind_filter(activity_filter, now=now, time_zone=time_zone)
    window = _window(_Ids(bound.ids.first, bound.ids.end or TOP_ID), request)
    asked = _Asked(pools, account, bound)
    rows = await _read(asked, window.ids, request)
    has_next = has_previous = None
    if request.wants_next:
        has_next = await _goes_on(asked, len(rows), request.first, window.after, request.direction)
    if request.wants_previous:
        has_previous = await _goes_on(asked, len(rows), request.last, window.before, request.direction.opposite)
    return Page(_cut_to_size(rows, request), has_next, has_previous)


def _window(ids: _Ids, request: PageRequest) -> _Window:
    newest_first = request.direction is Direction.DESC
    between, before, after = ids, None, None
    if request.after is not None:
        position = decode_cursor(request.after, request.direction, argument="after")
        between, before = _split(ids, position, keep_older=newest_first)
    if request.before is not None:
        position = decode_cursor(request.before, request.direction, argument="before")
        kept, after = _split(ids, position, keep_older=not newest_first)
        between = _Ids(max(between.first, kept.first), min(between.end, kept.end))
    return _Window(between, before, after)


def _split(ids: _Ids, position: UUID, *, keep_older: bool) -> tuple[_Ids, _Ids]:
    """The ids on one side of a position, and all others, the position among them."""
    boundary = position if keep_older else UUID(int=min(position.int + 1, TOP_ID.int))
    older, newer = _Ids(ids.first, min(ids.end, boundary)), _Ids(max(ids.first, boundary), ids.end)
    return (older, newer) if keep_older else (newer, older)


async def _read(asked: _Asked, ids: _Ids, request: PageRequest) -> list[asyncpg.Record]:
    """The first rows or, without `first`, the last ones: one more than the page has, where that tells of its end."""
    from_start = 0 if request.first is None else request.first + request.wants_next
    from_end = 0 if request.last is None else request.last + request.wants_previous
    if request.first is None:
        rows = await asked.rows(ids, request.columns, request.direction.opposite, from_end)
        return rows[::-1]
    limit = max(from_start, from_end) if request.wants_previous else from_start
    return await asked.rows(ids, request.columns, request.direction, limit)


async def _goes_on(asked: _Asked, read: int, size: int | None, beyond: _Ids | None, direction: Direction) -> bool:
    """The specification's HasNextPage, or HasPreviousPage, to the letter.

    What lies beyond a cursor is looked for from the cursor on: most often the cursor's own row is the answer.
    """
    if size is not None:
        return read > size
    return beyond is not None and bool(await asked.rows(beyond, frozenset(), direction, 1))


def _cut_to_size(rows: list[asyncpg.Record], request: PageRequest) -> list[asyncpg.Record]:
    rows = rows[: request.first]
    return rows if request.last is None else rows[max(len(rows) - request.last, 0) :]


# A page's rows. By period alone it walks the primary key, by statuses (account_id, status, id) once each and merges:
# from the page's end on, and only as far as needed; by recipients likewise, with an index for each of their PLACES.
# Else (account_id, message_id), (account_id, queue_id) or one of those walks serves it, as the planner sees fit.
@lru_cache(_KEPT_STATEMENTS)
def _rows_statement(shape: Shape, columns: frozenset[str], direction: Direction) -> Statement:
    branches = _branches(shape)
    if len(branches) == 1:
        return compile_statement(_in_order(_shown(ACTIVITY, columns).where(*branches[0]), ACTIVITY.c.id, direction))
    read = [_in_order(_read_as_stored(columns).where(*branch), ACTIVITY.c.id, direction) for branch in branches]
    merged = union_all(*(map(of_each_recipient, read) if shape.of_recipients else read)).subquery("merged")
    return compile_statement(_in_order(_shown(merged, columns), merged.c.id, direction))


# A page's rows of a text, among few rows: walks the primary key, with a plan that is made once.
@lru_cache(_KEPT_STATEMENTS)
def _near_rows_statement(shape: Shape, columns: frozenset[str], direction: Direction) -> Statement:
    rows = _shown(ACTIVITY, columns).where(*where(shape, of_walk=True))
    return compile_statement(_in_order(rows, ACTIVITY.c.id, direction))


# A page's rows of a text, among many rows where it is rare: the GIN index on (account_id, search_text), asked for the
# whole text, or for so many pieces of it. Without the offset the planner would rather walk in the page's order wherever
# it takes the text for common, as it is elsewhere.
@lru_cache(_KEPT_STATEMENTS)
def _far_rows_statement(shape: Shape, columns: frozenset[str], direction: Direction, pieces: int) -> Statement:
    asked = [*where(shape, of_walk=pieces > 0), *has_pieces(pieces)]
    found = _read_as_stored(columns).where(*asked).offset(literal_column("0")).subquery("found")
    return compile_statement(_in_order(_shown(found, columns), found.c.id, direction))


def _shown(rows: FromClause, columns: frozenset[str]) -> Select[Any]:
    return select(*(sent(rows.c[name]) for name in sorted(columns | {"id"})))


def _read_as_stored(columns: frozenset[str]) -> Select[Any]:
    return select(*(ACTIVITY.c[name] for name in sorted(columns | {"id"})))


def _branches(shape: Shape) -> list[Sequence[ColumnElement[bool]]]:
    """The conditions of each branch. A walk needs one branch a status, for an index is in order within one status only.

    What is found by its text, its ids or its recipient is found once: a branch a status would look for it in each.
    """
    if shape.of_recipients:
        return [[*WITHIN, place, *conditions(shape), *of_statuses(shape)] for place in PLACES]
    if shape.comparisons:
        return [where(shape)]
    return [[*WITHIN, status_is(number)] for number in range(shape.statuses)] or [WITHIN]


def _in_order(
    rows: Select[tuple[object, ...]], id_: ColumnElement[UUID], direction: Direction
) -> Select[tuple[object, ...]]:
    return rows.order_by(id_.desc() if direction is Direction.DESC else id_).limit(bindparam("limit"))
