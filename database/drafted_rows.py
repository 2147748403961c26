"""Writing the rows of a draft: each table's as one file, which PostgreSQL takes in while the next batch is drafted."""

import asyncpg

from database.copy_format import file_of
from database.draft import Draft
from database.rows import MERGE_ACTIVITIES, MERGE_EVENTS
from database.usual_rows import ACTIVITY_COLUMNS, EVENT_COLUMNS, MESSAGE_COLUMNS
from database.working_memory import MERGE_MESSAGES


async def write_drafted(connection: asyncpg.Connection, draft: Draft) -> None:
    """Write the rows of all messages of a draft, inside the caller's transaction; rows that are there are merged."""
    if not draft.messages:
        return
    rows = [message.rows for message in draft.messages]
    files = (
        (MERGE_MESSAGES, MESSAGE_COLUMNS, file_of(of_one.message for of_one in rows)),
        (MERGE_ACTIVITIES, ACTIVITY_COLUMNS, file_of(of_one.activities for of_one in rows)),
        (MERGE_EVENTS, EVENT_COLUMNS, file_of(of_one.events for of_one in rows)),
    )
    try:
        async with connection.transaction():
            for table, columns, file in files:
                await table.add_file(connection, columns, file)
    except asyncpg.UniqueViolationError:
        for table, columns, file in files:
            await table.merge_file(connection, columns, file)
