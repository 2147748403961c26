"""The rows of messages: reading those that a batch touches, writing what became of them."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from uuid import UUID

import asyncpg
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Table,
    Text,
    Uuid,
    and_,
    bindparam,
    cast,
    column,
    delete,
    func,
    literal_column,
    select,
    true,
)

from database.staging import merge_into
from database.statement import compile_statement
from models.activity import SmtpActivity
from models.activity_id import message_range
from models.activity_row import ActivityRow, EventRow
from models.message_facts import MessageFacts, MessageKey
from models.smtp_event import SmtpEvent

ActivityKey = tuple[int, UUID]
"""Account and id."""

_ACTIVITY: Table = SmtpActivity.metadata.tables["smtp_activity"]
_EVENT: Table = SmtpEvent.metadata.tables["smtp_event"]

_message = (
    func.unnest(
        cast(bindparam("accounts"), ARRAY(BigInteger)),
        cast(bindparam("firsts"), ARRAY(Uuid)),
        cast(bindparam("ends"), ARRAY(Uuid)),
        cast(bindparam("keys"), ARRAY(Text)),
    )
    .table_valued(
        column("account_id", BigInteger),
        column("first", Uuid),
        column("end", Uuid),
        column("key", Text),
        name="message",
    )
    .render_derived()
)

# The recipients of these messages. Served by the primary key: one exact range of ids a message. The offset has them
# looked for one by one: the planner takes such a range for a two-hundredth of all rows, and would rather read them all.
_of_one = (
    select(*(_ACTIVITY.c[name] for name in ActivityRow._fields))
    .where(
        _ACTIVITY.c.account_id == _message.c.account_id,
        _ACTIVITY.c.id >= _message.c.first,
        _ACTIVITY.c.id < _message.c.end,
        _ACTIVITY.c.message_key == _message.c.key,
    )
    .offset(literal_column("0"))
    .lateral("of_one")
)
_OF_MESSAGES = compile_statement(select(*_of_one.c).select_from(_message.join(_of_one, true())))

_activity = (
    func.unnest(cast(bindparam("accounts"), ARRAY(BigInteger)), cast(bindparam("ids"), ARRAY(Uuid)))
    .table_valued(column("account_id", BigInteger), column("id", Uuid), name="activity")
    .render_derived()
)

# These activities. Served by the primary key.
_ACTIVITIES = compile_statement(
    select(*(_ACTIVITY.c[name] for name in ActivityRow._fields)).where(
        _ACTIVITY.c.account_id == _activity.c.account_id, _ACTIVITY.c.id == _activity.c.id
    )
)
# The events of these activities. Served by the primary key.
_EVENTS = compile_statement(
    select(*(_EVENT.c[name] for name in EventRow._fields)).where(
        _EVENT.c.account_id == _activity.c.account_id, _EVENT.c.activity_id == _activity.c.id
    )
)
# Aliases whose final addresses turned up. Served by the primary key.
_DELETE_ACTIVITIES = compile_statement(
    delete(_ACTIVITY).where(and_(_ACTIVITY.c.account_id == _activity.c.account_id, _ACTIVITY.c.id == _activity.c.id))
)
# Events that a better known message disproves (a later first queueing, an older deferral's reason). By primary key.
_gone = (
    func.unnest(
        cast(bindparam("accounts"), ARRAY(BigInteger)),
        cast(bindparam("ids"), ARRAY(Uuid)),
        cast(bindparam("times"), ARRAY(_EVENT.c.occurred_at.type)),
        cast(bindparam("statuses"), ARRAY(Text)),
        cast(bindparam("hashes"), ARRAY(BigInteger)),
    )
    .table_valued(*(column(key.name, key.type) for key in _EVENT.primary_key), name="gone")
    .render_derived()
)
_DELETE_EVENTS = compile_statement(
    delete(_EVENT).where(and_(*(key == _gone.c[key.name] for key in _EVENT.primary_key)))
)

MERGE_ACTIVITIES = merge_into(_ACTIVITY, columns=ActivityRow._fields, replace=True)
MERGE_EVENTS = merge_into(_EVENT, columns=EventRow._fields, replace=False)


async def load_rows(
    connection: asyncpg.Connection, id_key: bytes, messages: Collection[MessageFacts]
) -> dict[tuple[int, MessageKey], list[ActivityRow]]:
    """The rows of these messages, which all have an account."""
    keys = {}
    ranges = []
    for facts in messages:
        account_id, key = facts.owner, facts.key
        ids = message_range(id_key, account_id, key.text, key.arrived_at)
        ranges.append((account_id, ids.first, ids.end, key.text))
        keys[account_id, key.text, key.arrived_at] = key
    rows = defaultdict(list)
    if ranges:
        values = dict(zip(("accounts", "firsts", "ends", "keys"), zip(*ranges, strict=True), strict=True))
        for record in await connection.fetch(_OF_MESSAGES.sql, *_OF_MESSAGES.arguments(values)):
            row = ActivityRow(*record)
            rows[row.account_id, keys[row.account_id, row.message_key, row.sent_at]].append(row)
    return rows


async def load_activities(connection: asyncpg.Connection, account_id: int, ids: Collection[UUID]) -> list[ActivityRow]:
    """The rows of these activities of an account."""
    values = {"accounts": [account_id] * len(ids), "ids": list(ids)}
    return [ActivityRow(*record) for record in await connection.fetch(_ACTIVITIES.sql, *_ACTIVITIES.arguments(values))]


async def load_events(
    connection: asyncpg.Connection, activities: Collection[ActivityRow]
) -> dict[ActivityKey, list[EventRow]]:
    """The events of these activities."""
    events = defaultdict(list)
    if activities:
        values = {"accounts": [row.account_id for row in activities], "ids": [row.id for row in activities]}
        for record in await connection.fetch(_EVENTS.sql, *_EVENTS.arguments(values)):
            event = EventRow(*record)
            events[event.account_id, event.activity_id].append(event)
    return events


async def delete_activities(connection: asyncpg.Connection, activities: Collection[ActivityRow]) -> None:
    """Take away rows; their events go by `delete_events`."""
    if activities:
        values = {"accounts": [row.account_id for row in activities], "ids": [row.id for row in activities]}
        await connection.execute(_DELETE_ACTIVITIES.sql, *_DELETE_ACTIVITIES.arguments(values))


async def delete_events(connection: asyncpg.Connection, events: Sequence[EventRow]) -> None:
    """Take away events."""
    if events:
        keys = ((e.account_id, e.activity_id, e.occurred_at, e.status, e.answer_hash) for e in events)
        names = ("accounts", "ids", "times", "statuses", "hashes")
        values = dict(zip(names, zip(*keys, strict=True), strict=True))
        await connection.execute(_DELETE_EVENTS.sql, *_DELETE_EVENTS.arguments(values))
