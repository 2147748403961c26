"""A store for a process that runs long: on a connection of its own, made when it is needed and anew when it is lost."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import asyncpg

from database.classifier_version import classifier_with
from database.fates import Fate
from database.pool import DATABASE_FAILURES, connect
from database.store import Store
from models.attribution import AttributionRules
from models.event import DeliveryEvent
from models.own_rules import OwnRules

# A batch takes a second or two, and may wait for the batches of others.
_ANSWERS_WITHIN = 60.0


async def open_store(
    connection: asyncpg.Connection, *, rules: AttributionRules, retention: timedelta, own_rules: OwnRules
) -> Store:
    """A store on this connection, with the rules of an installation."""
    classifier = await classifier_with(connection, own_rules)
    return await Store.open(connection, rules=rules, retention=retention, classifier=classifier)


class KeptStore:
    """One for all who record in a process: writers take turns in the database anyway (decision 5)."""

    def __init__(self, url: str, *, rules: AttributionRules, retention: timedelta, own_rules: OwnRules) -> None:
        self._url = url
        self._rules = rules
        self._retention = retention
        self._own_rules = own_rules
        self._turn = asyncio.Lock()
        self._connection: asyncpg.Connection | None = None
        self._store: Store | None = None

    async def record_each(self, events: Sequence[DeliveryEvent], now: datetime) -> list[Fate]:
        """What became of each event; raises DatabaseUnusable and what a database raises, and then none was recorded."""
        async with self._turn:
            try:
                store = self._store or await self._open()
                return await store.record_each(events, now)
            except DATABASE_FAILURES:
                self.close()
                raise

    def close(self) -> None:
        """Let go of the connection, which may be a lost one."""
        if self._connection is not None:
            self._connection.terminate()
        self._connection = self._store = None

    async def _open(self) -> Store:
        self._connection = await connect(self._url, _ANSWERS_WITHIN)
        self._store = await open_store(
            self._connection, rules=self._rules, retention=self._retention, own_rules=self._own_rules
        )
        return self._store
