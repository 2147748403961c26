"""Where an address may stand: the rows that mention it, or all there are, for whoever erases to look at closely."""

from collections.abc import AsyncIterator, Mapping, Sequence
from uuid import UUID

import asyncpg
from sqlalchemy import ARRAY, BigInteger, ColumnElement, Table, Text, any_, bindparam, func, or_, select, tuple_, union

from database.statement import Statement, compile_statement
from models.activity import SmtpActivity
from models.message import ParkedEvent, RelayMessage, UnattributedEvent
from models.smtp_event import SmtpEvent

BATCH_SIZE = 1000

_TABLES = SmtpActivity.metadata.tables
_ACTIVITY, _EVENT, _MESSAGE, _PARKED, _UNATTRIBUTED = (
    _TABLES[str(model.__tablename__)]
    for model in (SmtpActivity, SmtpEvent, RelayMessage, ParkedEvent, UnattributedEvent)
)
_batch = bindparam("batch_size", type_=BigInteger)
_account = bindparam("account_id", type_=_ACTIVITY.c.account_id.type)
_patterns = any_(bindparam("patterns", type_=ARRAY(Text)))

# An account's activities that mention one of these, themselves or in an event. The account's part of both tables is
# read, by the primary keys: no index knows what answers quote.
_MENTIONING = compile_statement(
    union(
        select(_ACTIVITY.c.id).where(
            _ACTIVITY.c.account_id == _account,
            or_(
                _ACTIVITY.c.search_text.like(any_(bindparam("folded", type_=ARRAY(Text)))),
                func.concat_ws(" ", _ACTIVITY.c.reason_message, _ACTIVITY.c.message_id).ilike(_patterns),
            ),
        ),
        select(_EVENT.c.activity_id).where(_EVENT.c.account_id == _account, _EVENT.c.response.ilike(_patterns)),
    )
)
# The next of an account's activities. Served by the primary key.
_NEXT = compile_statement(
    select(_ACTIVITY.c.id)
    .where(_ACTIVITY.c.account_id == _account, _ACTIVITY.c.id > bindparam("after", type_=_ACTIVITY.c.id.type))
    .order_by(_ACTIVITY.c.id)
    .limit(_batch)
)


class Mentioning:
    """The rows of one table of working memory that mention an address, in the order of the primary key."""

    def __init__(self, table: Table, *texts: str, where: ColumnElement[bool] | None = None) -> None:
        key = list(table.primary_key)
        self.columns = tuple(column.name for column in table.columns)
        self.key = tuple(column.name for column in key)
        mention = func.concat_ws(" ", *(table.c[name] for name in texts)).ilike(_patterns)
        page = select(table).where(mention, *([] if where is None else [where])).order_by(*key).limit(_batch)
        after = tuple_(*key) > tuple_(*(bindparam(column.name, type_=column.type) for column in key))
        self._first: Statement = compile_statement(page)
        self._following: Statement = compile_statement(page.where(after))

    async def page(
        self, connection: asyncpg.Connection, values: Mapping[str, object], after: asyncpg.Record | None
    ) -> list[asyncpg.Record]:
        """The rows after this one, a batch at most."""
        statement = self._following if after else self._first
        arguments = statement.arguments({"batch_size": BATCH_SIZE, **(after or {}), **values})
        return list(await connection.fetch(statement.sql, *arguments))


# Messages of one account, and those of no account yet. A scan of working memory, by the primary key.
MESSAGES = Mentioning(
    _MESSAGE,
    "envelope_sender",
    "sender",
    "subject",
    "message_id",
    "refused_response",
    where=or_(_MESSAGE.c.account_id == bindparam("of_account", type_=BigInteger), _MESSAGE.c.account_id.is_(None)),
)
# Events that wait, and those of nobody. Scans, likewise.
WAITING = Mentioning(_PARKED, "payload")
UNATTRIBUTED = Mentioning(_UNATTRIBUTED, "payload")


async def mentioning_activities(
    connection: asyncpg.Connection, account_id: int, *, patterns: Sequence[str], folded: Sequence[str]
) -> list[UUID]:
    """An account's activities that mention an address: LIKE patterns of it, and the same folded for search."""
    values = {"account_id": account_id, "patterns": patterns, "folded": folded}
    return [record[0] for record in await connection.fetch(_MENTIONING.sql, *_MENTIONING.arguments(values))]


async def all_activities(connection: asyncpg.Connection, account_id: int) -> AsyncIterator[list[UUID]]:
    """An account's activities, a batch at a time."""
    after = UUID(int=0)
    while True:
        values = {"account_id": account_id, "after": after, "batch_size": BATCH_SIZE}
        ids = [record[0] for record in await connection.fetch(_NEXT.sql, *_NEXT.arguments(values))]
        if not ids:
            return
        yield ids
        after = ids[-1]
