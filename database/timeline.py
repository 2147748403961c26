"""What activities went through: the latest events of many of them, in one statement."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache

import asyncpg
from sqlalchemy import ARRAY, ColumnElement, Table, Text, Uuid, bindparam, cast, column, func, select, true

from auth.viewer import ReadableAccount
from database.errors import InvalidInput
from database.pool import Pools
from database.sent import sent
from database.statement import Statement, compile_statement
from models.smtp_event import SmtpEvent
from models.status import Status

MAX_EVENTS = 200

_EVENT: Table = SmtpEvent.metadata.tables["smtp_event"]
_KEPT_STATEMENTS = 100
# What can be asked of an event. What an activity calls its reason's message is its deciding event's answer.
_COLUMNS = {each.name: each for each in _EVENT.c} | {"reason_message": _EVENT.c.response.label("reason_message")}
_BY_RANK = bindparam("by_rank", sorted(Status, key=lambda status: status.rank), type_=ARRAY(Text))


def check_last(last: int) -> None:
    """Raises InvalidInput for a number of events that cannot be asked for."""
    if not 1 <= last <= MAX_EVENTS:
        raise InvalidInput(f"last must be from 1 to {MAX_EVENTS}, not {last}.", ("last",))


async def read_events(
    pools: Pools, account: ReadableAccount, ids: Collection[str], columns: frozenset[str], *, last: int
) -> Mapping[str, Sequence[asyncpg.Record]]:
    """The latest `last` events of each of these activities, oldest first; an activity without any is left out.

    Ids and all columns are as they are `sent`.
    """
    check_last(last)
    events = defaultdict(list)
    if ids:
        statement = _latest(columns)
        values = {"account_id": account, "ids": list(ids), "first_id": min(ids), "last_id": max(ids), "last": last}
        for record in await pools.page.fetch(statement.sql, *statement.arguments(values)):
            events[record["activity_id"]].append(record)
    return events


# The latest events of each of these activities. Served by the primary key, once an activity; the first and the last id
# leave out the other months before the statement starts.
@lru_cache(_KEPT_STATEMENTS)
def _latest(columns: frozenset[str]) -> Statement:
    activity = (
        func.unnest(cast(bindparam("ids"), ARRAY(Uuid)))
        .table_valued(column("id", Uuid), name="activity")
        .render_derived()
    )
    read = [_COLUMNS[name] for name in sorted(columns | {"activity_id", "occurred_at", "status", "answer_hash"})]
    event = (
        select(*read)
        .where(
            _EVENT.c.account_id == bindparam("account_id"),
            _EVENT.c.activity_id == activity.c.id,
            _EVENT.c.activity_id.between(bindparam("first_id"), bindparam("last_id")),
        )
        .order_by(*(each.desc() for each in _order(*(_EVENT.c[name] for name in _ORDERED_BY))))
        .limit(bindparam("last"))
        .lateral("event")
    )
    return compile_statement(
        select(*(sent(event.c[name]) for name in sorted(columns | {"activity_id"})))
        .select_from(activity.join(event, true()))
        .order_by(*_order(*(event.c[name] for name in _ORDERED_BY)))
    )


_ORDERED_BY = ("occurred_at", "status", "answer_hash")


def _order(
    occurred_at: ColumnElement[object], status: ColumnElement[object], answer_hash: ColumnElement[object]
) -> tuple[ColumnElement[object], ...]:
    """As models/projection.py orders a history: by time, then rank, then answer."""
    return occurred_at, func.array_position(cast(_BY_RANK, ARRAY(Text)), status), answer_hash
