"""The rows of messages that have none: a part of them is written while the next one is made."""

import asyncio
from collections.abc import Iterator, Sequence
from itertools import islice

import asyncpg

from database.recipients_of import Change
from database.rows import MERGE_ACTIVITIES, MERGE_EVENTS
from models.activity_row import ActivityRow, EventRow

# Some ten milliseconds of work, for this process and for the database.
_RECIPIENTS_IN_A_PART = 500
# After so many the driver gets its turn, which else would wait for the whole part.
_RECIPIENTS_AT_ONCE = 20


async def write_new(connection: asyncpg.Connection, rows: Iterator[ActivityRow], change: Change) -> None:
    """Write all of these rows, and the events that `change` gets as they are made; inside the caller's transaction.

    Rows that are there after all are merged, with all others.
    """
    known_rows, known_events = len(change.new_rows), len(change.new_events)
    try:
        async with connection.transaction():
            await _write_in_parts(connection, rows, change)
    except asyncpg.UniqueViolationError:
        for _ in rows:
            pass  # each is noted when it is made
        await MERGE_ACTIVITIES.run(connection, change.new_rows[known_rows:])
        await MERGE_EVENTS.run(connection, change.new_events[known_events:])


async def _write_in_parts(connection: asyncpg.Connection, rows: Iterator[ActivityRow], change: Change) -> None:
    writing: asyncio.Task[None] | None = None
    try:
        while True:
            begin = len(change.new_events)
            part = await _made(rows)
            if writing is not None:
                await writing
            if not part:
                return
            writing = asyncio.create_task(_write(connection, part, change.new_events[begin:]))
    finally:
        # Whatever ends this, the connection is at rest before it rolls back.
        if writing is not None:
            await asyncio.wait([writing])


async def _made(rows: Iterator[ActivityRow]) -> list[ActivityRow]:
    part: list[ActivityRow] = []
    while len(part) < _RECIPIENTS_IN_A_PART and (some := list(islice(rows, _RECIPIENTS_AT_ONCE))):
        part += some
        await asyncio.sleep(0)
    return part


async def _write(connection: asyncpg.Connection, rows: Sequence[ActivityRow], events: Sequence[EventRow]) -> None:
    await MERGE_ACTIVITIES.copy(connection, rows)
    await MERGE_EVENTS.copy(connection, events)
