"""Erased addresses taken out of ingest's working memory: of messages, of events that wait, of events of nobody."""

from collections.abc import Awaitable, Callable, Sequence
from copy import copy
from dataclasses import dataclass, fields
from datetime import datetime
from operator import itemgetter

import asyncpg

from database.erasures import load_erasures
from database.mentions import BATCH_SIZE, MESSAGES, UNATTRIBUTED, WAITING, Mentioning
from database.shelf import DECODER, PARKED, Shelf, ShelfKey, key_and_payload
from database.shelf import UNATTRIBUTED as UNATTRIBUTED_SHELF
from database.staging import Row
from database.store import ONE_WRITER
from database.working_memory import load_messages, save_messages
from models.erasure import named_addresses
from models.event import DeliveryEvent, HandedOn
from models.message_facts import MessageFacts
from models.working_memory import WorkingMemory

_Records = Sequence[asyncpg.Record]
_facts = itemgetter(*(field.name for field in fields(MessageFacts)))


@dataclass(frozen=True, slots=True)
class MemoryEraser:
    """Works on the messages of one account, and on whatever has no account yet, in transactions of a batch each."""

    connection: asyncpg.Connection
    id_key: bytes
    account_id: int
    now: datetime

    async def messages(self, patterns: Sequence[str]) -> int:
        """How many messages changed of those that one of these LIKE patterns finds."""

        async def clear(records: _Records) -> int:
            before = [MessageFacts(*_facts(record)) for record in records]
            after = [copy(facts) for facts in before]
            addresses = (address for facts in before for address in named_addresses(facts))
            erasures = await load_erasures(self.connection, self.id_key, addresses)
            for facts in after:
                erasures.clear(facts)
            changed = [new for old, new in zip(before, after, strict=True) if new != old]
            await save_messages(self.connection, changed, self.now)
            return len(changed)

        return await self._pages(MESSAGES, patterns, clear)

    async def waiting(self, patterns: Sequence[str]) -> int:
        """The same of events that wait."""
        return await self._pages(WAITING, patterns, lambda records: self._clear_shelf(PARKED, records))

    async def unattributed(self, patterns: Sequence[str]) -> int:
        """The same of events of nobody."""
        return await self._pages(UNATTRIBUTED, patterns, lambda records: self._clear_shelf(UNATTRIBUTED_SHELF, records))

    async def _pages(
        self, mentioning: Mentioning, patterns: Sequence[str], clear: Callable[[_Records], Awaitable[int]]
    ) -> int:
        values = {"of_account": self.account_id, "patterns": patterns}
        changed = 0
        last: asyncpg.Record | None = None
        while True:
            async with self.connection.transaction():
                await self.connection.execute(ONE_WRITER)
                records = await mentioning.page(self.connection, values, last)
                changed += await clear(records)
            if len(records) < BATCH_SIZE:
                return changed
            last = records[-1]

    async def _clear_shelf(self, shelf: Shelf, records: _Records) -> int:
        before = [DECODER.decode(record["payload"]) for record in records]
        addresses = (address for event in before for address in named_addresses(event))
        erasures = await load_erasures(self.connection, self.id_key, addresses)
        senders = await self._messages_handed_on(before)
        old, new = list[ShelfKey](), dict[ShelfKey, Row]()
        for record, event in zip(records, before, strict=True):
            erased = erasures.waiting(event, senders)
            if erased != event:
                key, payload = key_and_payload(record["reference"], erased)
                old.append((*key[:3], record["digest"]))
                new[key] = tuple({**record, "digest": key[3], "payload": payload}.values())
        await shelf.replace(self.connection, old, new)
        return len(new)

    async def _messages_handed_on(self, events: Sequence[DeliveryEvent]) -> WorkingMemory:
        """The messages of links, whose account may be known."""
        queue_ids = {event.queue_id for event in events if isinstance(event, HandedOn)}
        return WorkingMemory(await load_messages(self.connection, queue_ids=queue_ids))
