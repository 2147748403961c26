"""How many of an account's activities fulfil a filter, in one statement with a time limit of its own."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import asyncpg
from sqlalchemy import func, select

from auth.viewer import ReadableAccount
from database.comparisons import ACTIVITY, Shape, where
from database.cursor import Direction
from database.errors import CountTookTooLong
from database.filters import ActivityFilter, BoundFilter, bind_filter, statuses_of
from database.near import NEAR_ROWS, row_beyond_near
from database.pieces import has_pieces, piece_values, rare_pieces
from database.pool import AnyConnection, Pools
from database.statement import Statement, compile_statement
from models.activity_id import TOP_ID
from models.status import Status

_KEPT_STATEMENTS = 500


class Counts(NamedTuple):
    """How many fulfil the filter; and, when wanted, how many of each status would without its conditions on status."""

    total: int
    by_status: Mapping[Status, int]


async def read_counts(
    pools: Pools,
    account: ReadableAccount,
    activity_filter: ActivityFilter,
    *,
    wants_statuses: bool,
    now: datetime,
    time_zone: ZoneInfo,
) -> Counts:
    """The counts, those by status when wanted; raises InvalidInput, or CountTookTooLong when the time is up.

    One statement for both: the total is the sum over the statuses that the filter lets through.
    """
    let_through = statuses_of(activity_filter)
    counted = activity_filter.of_any_status() if wants_statuses else activity_filter
    bound = bind_filter(counted, now=now, time_zone=time_zone)
    own = {"account_id": account, "first_id": bound.ids.first, "end_id": bound.ids.end or TOP_ID, "limit": NEAR_ROWS}
    found = await _fetch(pools, bound, {**bound.values, **own})
    by_status = dict.fromkeys(Status, 0) | {Status(status): number for status, number in found}
    return Counts(sum(by_status[status] for status in let_through), by_status if wants_statuses else {})


async def _fetch(pools: Pools, bound: BoundFilter, values: Mapping[str, object]) -> list[asyncpg.Record]:
    """The rows, if the server gives them in time; waiting for a connection has the same limit."""
    limit = pools.count_timeout
    try:
        # Planned each time: whoever does not see the values takes the rows for few, and reads each from the table.
        async with (
            pools.search.acquire(timeout=limit.total_seconds()) as connection,
            connection.transaction(readonly=True),
        ):
            # Ends with the transaction, so that the connection goes back as it came.
            await connection.execute(f"set local statement_timeout = {limit // timedelta(milliseconds=1)}")
            if not bound.shape.searches:
                return await _rows(connection, _counts_statement(bound.shape, of_walk=False), values)
            if not await _rows(connection, row_beyond_near(Direction.DESC), values):
                return await _rows(connection, _counts_statement(bound.shape, of_walk=True), values)
            pieces = await rare_pieces(connection, bound.required_patterns, values)
            statement = _counts_statement(bound.shape, of_walk=bool(pieces), pieces=len(pieces))
            return await _rows(connection, statement, {**values, **piece_values(pieces)})
    except (asyncpg.QueryCanceledError, TimeoutError):
        raise CountTookTooLong from None


async def _rows(connection: AnyConnection, statement: Statement, values: Mapping[str, object]) -> list[asyncpg.Record]:
    return await connection.fetch(statement.sql, *statement.arguments(values))


# How many rows of each status. By period and statuses alone (account_id, status, id) holds all that is read, else it is
# served as the page is (database/page.py), but to the period's end.
@lru_cache(_KEPT_STATEMENTS)
def _counts_statement(shape: Shape, *, of_walk: bool, pieces: int = 0) -> Statement:
    status = ACTIVITY.c.status
    counted = select(status, func.count()).where(*where(shape, of_walk=of_walk), *has_pieces(pieces))
    return compile_statement(counted.group_by(status))
