"""Reading and writing ingest's working memory: the messages that a relay has open."""

from collections.abc import Collection, Iterable
from dataclasses import fields
from datetime import datetime, timedelta
from operator import attrgetter

import asyncpg
from sqlalchemy import ARRAY, Table, Text, any_, bindparam, or_, select

from database.staging import merge_into
from database.statement import compile_statement
from models.message import RelayMessage
from models.message_facts import MessageFacts
from models.working_memory import WorkingMemory

# A message that arrived since is never forgotten, however soon it left the queue.
SHORTEST_MEMORY = timedelta(days=1)

_TABLE: Table = RelayMessage.metadata.tables["relay_message"]
_FACTS = tuple(field.name for field in fields(MessageFacts))
# dataclasses.astuple copies every value, deeply.
_values = attrgetter(*_FACTS)

# The messages that a batch speaks of. Served by relay_message_by_queue_id and relay_message_awaiting_first.
_MESSAGES = compile_statement(
    select(*(_TABLE.c[name] for name in _FACTS)).where(
        or_(
            _TABLE.c.queue_id == any_(bindparam("queue_ids", type_=ARRAY(Text))),
            _TABLE.c.awaiting_process == any_(bindparam("processes", type_=ARRAY(Text))),
        )
    )
)

MERGE_MESSAGES = merge_into(_TABLE, columns=(*_FACTS, "updated_at"), replace=True)


async def load_messages(
    connection: asyncpg.Connection, *, queue_ids: Collection[str], processes: Collection[str] = ()
) -> list[MessageFacts]:
    """The messages with these queue ids, and those that await a first recipient from these processes."""
    values = {"queue_ids": list(queue_ids), "processes": list(processes)}
    records = await connection.fetch(_MESSAGES.sql, *_MESSAGES.arguments(values))
    return [MessageFacts(*record.values()) for record in records]


async def save_memory(connection: asyncpg.Connection, memory: WorkingMemory, now: datetime) -> None:
    """Write what is known of a batch's messages now and was not before."""
    changed = memory.changed()
    await save_messages(connection, [facts for facts in changed if not memory.is_new(facts)], now)
    await MERGE_MESSAGES.add(connection, [(*_values(facts), now) for facts in changed if memory.is_new(facts)])


async def save_messages(connection: asyncpg.Connection, messages: Iterable[MessageFacts], now: datetime) -> None:
    """Write what is known of these messages now."""
    await MERGE_MESSAGES.run(connection, [(*_values(facts), now) for facts in messages])
