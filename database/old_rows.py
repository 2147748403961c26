"""What has outlived its time: how many rows there are of it, and taking them away, a transaction a batch."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import asyncpg
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    Table,
    and_,
    bindparam,
    cast,
    delete,
    exists,
    func,
    or_,
    select,
    tuple_,
)

from database.statement import Statement, compile_statement
from database.store import ONE_WRITER
from models.account import Account
from models.activity import SmtpActivity
from models.activity_id import first_id_at
from models.erased_address import ErasedAddress
from models.event import HandedOn
from models.message import ParkedEvent, RelayMessage, UnattributedEvent
from models.smtp_event import SmtpEvent

BATCH_SIZE = 5000

_TABLES = SmtpActivity.metadata.tables
_ACCOUNT, _ACTIVITY, _EVENT, _MESSAGE, _PARKED, _UNATTRIBUTED, _ERASED = (
    _TABLES[str(model.__tablename__)]
    for model in (Account, SmtpActivity, SmtpEvent, RelayMessage, ParkedEvent, UnattributedEvent, ErasedAddress)
)


@dataclass(frozen=True, slots=True)
class OldRows:
    """The rows of a table on which a condition holds: counting them, and deleting so many of them."""

    count: Statement
    delete: Statement

    @classmethod
    def of(cls, table: Table, condition: ColumnElement[bool]) -> "OldRows":
        """Those of this table."""
        key = list(table.primary_key)
        some = select(*key).where(condition).limit(bindparam("batch_size", type_=BigInteger))
        return cls(
            compile_statement(select(func.count()).select_from(table).where(condition)),
            compile_statement(delete(table).where(tuple_(*key).in_(some))),
        )


def _instant(name: str) -> ColumnElement[datetime]:
    return cast(bindparam(name), DateTime(timezone=True))


# Somebody may still find their account, which takes what is known of the message.
_is_unattributed = exists().where(
    _UNATTRIBUTED.c.relay == _MESSAGE.c.relay,
    _UNATTRIBUTED.c.instance == _MESSAGE.c.instance,
    _UNATTRIBUTED.c.reference == _MESSAGE.c.queue_id,
)
# When it left, and when it came: a relay's clock may say that it left long before, and one that has just come may have
# rows that are only looked for when it is known (`recipients_of`).
_left_at = func.greatest(_MESSAGE.c.removed_at, _MESSAGE.c.arrived_at)
_keeps_less = exists().where(
    _ACCOUNT.c.id == _MESSAGE.c.account_id,
    _MESSAGE.c.removed_at.is_not(None),
    _left_at < _instant("now") - func.make_interval(0, 0, 0, _ACCOUNT.c.retention_days),
)
MESSAGES = (
    # Messages that left the queue some time ago. Served by relay_message_by_removal.
    OldRows.of(
        _MESSAGE,
        and_(
            _MESSAGE.c.removed_at < bindparam("removed_before"),
            _MESSAGE.c.arrived_at < bindparam("removed_before"),
            ~_is_unattributed,
        ),
    ),
    # Messages that left the queue so long ago that their account's rows are gone. A scan: once a night.
    OldRows.of(_MESSAGE, _keeps_less),
    # Messages beyond retention, whether their removal was read or not. A scan: once a night.
    OldRows.of(_MESSAGE, _MESSAGE.c.arrived_at < bindparam("earliest")),
)
# Events whose message never came, and links between the legs of messages that are gone. A scan.
WAITING = (
    OldRows.of(
        _PARKED,
        or_(
            _PARKED.c.occurred_at < bindparam("earliest"),
            and_(_PARKED.c.kind == HandedOn.__struct_config__.tag, _PARKED.c.occurred_at < bindparam("removed_before")),
        ),
    ),
)
# Events whose account nobody told in time. A scan.
UNATTRIBUTED = (OldRows.of(_UNATTRIBUTED, _UNATTRIBUTED.c.occurred_at < bindparam("earliest")),)
# Erasures of messages that are all beyond retention, their months included: no log and no backup brings them back.
ERASURES = (OldRows.of(_ERASED, _ERASED.c.erased_at < bindparam("earliest_month")),)

_account = bindparam("account_id", type_=_ACTIVITY.c.account_id.type)
_end = bindparam("end", type_=_ACTIVITY.c.id.type)
_activity_is_old = and_(_ACTIVITY.c.account_id == _account, _ACTIVITY.c.id < _end)
_event_is_old = and_(_EVENT.c.account_id == _account, _EVENT.c.activity_id < _end)
# How many activities and events of an account lie before an id. Served by the primary keys.
_COUNT_ACTIVITIES = compile_statement(select(func.count()).select_from(_ACTIVITY).where(_activity_is_old))
_COUNT_EVENTS = compile_statement(select(func.count()).select_from(_EVENT).where(_event_is_old))
# The id after a batch of them, none when they are a batch or less. Served by the primary key.
_AFTER_BATCH = compile_statement(
    select(_ACTIVITY.c.id)
    .where(_activity_is_old)
    .order_by(_ACTIVITY.c.id)
    .offset(bindparam("batch_size", type_=BigInteger))
    .limit(1)
)
# Both by primary key.
_DELETE_ACTIVITIES = compile_statement(delete(_ACTIVITY).where(_activity_is_old))
_DELETE_EVENTS = compile_statement(delete(_EVENT).where(_event_is_old))


async def count_old(connection: asyncpg.Connection, kinds: tuple[OldRows, ...], values: Mapping[str, object]) -> int:
    """How many rows there are; one that is of two kinds counts twice."""
    return sum([await connection.fetchval(kind.count.sql, *kind.count.arguments(values)) for kind in kinds])


async def delete_old(
    connection: asyncpg.Connection, kinds: tuple[OldRows, ...], values: Mapping[str, object], batch_size: int
) -> int:
    """Delete them, and say how many there were."""
    deleted = 0
    for kind in kinds:
        while True:
            now = await _delete(connection, kind.delete, {**values, "batch_size": batch_size})
            deleted += now
            if now < batch_size:
                break
    return deleted


async def count_before(connection: asyncpg.Connection, account_id: int, earliest: datetime) -> tuple[int, int]:
    """How many activities and events of an account there are of messages that arrived before."""
    values = {"account_id": account_id, "end": first_id_at(earliest)}
    return (
        await connection.fetchval(_COUNT_ACTIVITIES.sql, *_COUNT_ACTIVITIES.arguments(values)),
        await connection.fetchval(_COUNT_EVENTS.sql, *_COUNT_EVENTS.arguments(values)),
    )


async def delete_before(
    connection: asyncpg.Connection, account_id: int, earliest: datetime, batch_size: int
) -> tuple[int, int]:
    """Delete them, activities and their events together, and say how many there were of both."""
    activities = events = 0
    oldest_kept = first_id_at(earliest)
    while True:
        values = {"account_id": account_id, "end": oldest_kept, "batch_size": batch_size}
        next_id = await connection.fetchval(_AFTER_BATCH.sql, *_AFTER_BATCH.arguments(values))
        async with connection.transaction():
            values["end"] = next_id or oldest_kept
            events += await _delete(connection, _DELETE_EVENTS, values)
            activities += await _delete(connection, _DELETE_ACTIVITIES, values)
        if next_id is None:
            return activities, events


async def _delete(connection: asyncpg.Connection, statement: Statement, values: Mapping[str, object]) -> int:
    async with connection.transaction():
        await connection.execute(ONE_WRITER)
        done = await connection.execute(statement.sql, *statement.arguments(values))
    return int(done.rpartition(" ")[2])
