"""An address taken out of all that is stored of an account, and kept from coming back with the next log."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import asyncpg
import msgspec

from database.erasures import ACCOUNTS_WITH_ERASURES, load_erasures, remember_erasure
from database.memory_erasing import MemoryEraser
from database.mentions import BATCH_SIZE, all_activities, mentioning_activities
from database.rows import (
    MERGE_ACTIVITIES,
    MERGE_EVENTS,
    delete_activities,
    delete_events,
    load_activities,
    load_events,
)
from database.shelf import PARKED, UNATTRIBUTED
from database.store import ONE_WRITER
from database.working_memory import MERGE_MESSAGES
from models.activity_row import ActivityRow, EventRow
from models.classifier import Classifier
from models.erasure import address_digest, named_addresses, pseudonym
from models.search_text import anywhere_contains, fold

_EVERYTHING = ("%",)
_LIKE_ESCAPES = str.maketrans({"\\": r"\\", "%": r"\%", "_": r"\_"})


class ErasedRows(NamedTuple):
    """How many rows of each table went, and how many name the address no longer."""

    activities_removed: int = 0
    activities_changed: int = 0
    events_removed: int = 0
    events_changed: int = 0
    messages: int = 0
    waiting: int = 0
    unattributed: int = 0

    def plus(self, more: "ErasedRows") -> "ErasedRows":
        """Both together."""
        return ErasedRows(*map(sum, zip(self, more, strict=True)))


class Eraser:
    """Erases in transactions of a batch each, between those of ingest: it may be stopped and repeated."""

    def __init__(self, connection: asyncpg.Connection, id_key: bytes, classifier: Classifier) -> None:
        self._connection = connection
        self._id_key = id_key
        self._classifier = classifier

    @classmethod
    async def open(cls, connection: asyncpg.Connection, classifier: Classifier) -> "Eraser":
        """An eraser on a connection of its own."""
        for merge in (MERGE_MESSAGES, PARKED.merge, UNATTRIBUTED.merge, MERGE_ACTIVITIES, MERGE_EVENTS):
            await connection.execute(merge.create)
        # The installation's key. One row, by primary key.
        return cls(connection, await connection.fetchval("select id_key from installation where id = 1"), classifier)

    async def erase(self, account_id: int, address: str, *, pseudonymise: bool, now: datetime) -> ErasedRows:
        """Take an address out of an account's messages that arrived up to now.

        Its own rows go, or stay under a pseudonym; anything else that mentions it names the pseudonym from now on.
        """
        async with self._connection.transaction():
            # Whatever batch comes after this one knows of it.
            await self._connection.execute(ONE_WRITER)
            digest = address_digest(self._id_key, address)
            await remember_erasure(
                self._connection, digest=digest, account_id=account_id, erased_at=now, pseudonymised=pseudonymise
            )
        known_as = pseudonym(self._id_key, fold(address))
        patterns = [_contains(written) for written in {address, fold(address), _in_json(address), known_as}]
        folded = [anywhere_contains(address), anywhere_contains(known_as)]
        ids = await mentioning_activities(self._connection, account_id, patterns=patterns, folded=folded)
        done = ErasedRows()
        for start in range(0, len(ids), BATCH_SIZE):
            done = done.plus(await self._erase_activities(account_id, ids[start : start + BATCH_SIZE]))
        return done.plus(await self._erase_memory(account_id, patterns, now))

    async def erase_again(self, now: datetime) -> ErasedRows:
        """Take out whatever was erased before and stands there again: after a backup was restored."""
        done = ErasedRows()
        for (account_id,) in await self._connection.fetch(ACCOUNTS_WITH_ERASURES):
            async for ids in all_activities(self._connection, account_id):
                done = done.plus(await self._erase_activities(account_id, ids))
            done = done.plus(await self._erase_memory(account_id, _EVERYTHING, now))
        return done

    async def _erase_memory(self, account_id: int, patterns: Collection[str], now: datetime) -> ErasedRows:
        memory, looked_for = MemoryEraser(self._connection, self._id_key, account_id, now), list(patterns)
        return ErasedRows(
            messages=await memory.messages(looked_for),
            waiting=await memory.waiting(looked_for),
            unattributed=await memory.unattributed(looked_for),
        )

    async def _erase_activities(self, account_id: int, ids: Collection[UUID]) -> ErasedRows:
        async with self._connection.transaction():
            await self._connection.execute(ONE_WRITER)
            rows = await load_activities(self._connection, account_id, ids)
            events = await load_events(self._connection, rows)
            said: list[ActivityRow | EventRow] = [*rows, *(event for of_row in events.values() for event in of_row)]
            addresses = (address for one in said for address in named_addresses(one))
            erasures = await load_erasures(self._connection, self._id_key, addresses)
            difference = _Difference()
            for row in rows:
                before = events.get((row.account_id, row.id), [])
                new = erasures.row(row, self._classifier)
                difference.note_row(row, new)
                difference.note_events(
                    before, [erasures.event_row(event, new, self._classifier) for event in before] if new else []
                )
            return await difference.write(self._connection)


class _Difference:
    """Rows and events as they are and as they are to be; what stays the same is left out."""

    def __init__(self) -> None:
        self._old_rows: list[ActivityRow] = []
        self._new_rows: list[ActivityRow] = []
        self._old_events: list[EventRow] = []
        self._new_events: list[EventRow] = []

    def note_row(self, old: ActivityRow, new: ActivityRow | None) -> None:
        """What becomes of a row."""
        if new != old:
            self._old_rows.append(old)
            self._new_rows += [] if new is None else [new]

    def note_events(self, old: list[EventRow], new: list[EventRow]) -> None:
        """What becomes of its events."""
        self._old_events += [event for event in old if event not in new]
        self._new_events += [event for event in new if event not in old]

    async def write(self, connection: asyncpg.Connection) -> ErasedRows:
        """Put the new in the place of the old."""
        await delete_activities(connection, self._old_rows)
        await delete_events(connection, self._old_events)
        await MERGE_ACTIVITIES.run(connection, self._new_rows)
        await MERGE_EVENTS.run(connection, self._new_events)
        return ErasedRows(
            activities_removed=len(self._old_rows) - len(self._new_rows),
            activities_changed=len(self._new_rows),
            events_removed=len(self._old_events) - len(self._new_events),
            events_changed=len(self._new_events),
        )


def _contains(text: str) -> str:
    return f"%{text.translate(_LIKE_ESCAPES)}%"


def _in_json(text: str) -> str:
    return msgspec.json.encode(text).decode()[1:-1]
