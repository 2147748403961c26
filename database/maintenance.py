"""Maintenance: months ahead are made, months beyond retention dropped, and what has outlived its time goes."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

import asyncpg

from database.errors import DatabaseRoomError
from database.old_rows import (
    BATCH_SIZE,
    ERASURES,
    MESSAGES,
    UNATTRIBUTED,
    WAITING,
    OldRows,
    count_before,
    count_old,
    delete_before,
    delete_old,
)
from database.partitions import ensure_months, existing_months, month_after, months_ahead
from database.retention import Retention
from database.store import ONE_WRITER

# A session's lock: one process maintains at a time.
_LOCK = "select pg_try_advisory_lock(hashtext('smtp-activity'), hashtext('maintain'))"
_UNLOCK = "select pg_advisory_unlock(hashtext('smtp-activity'), hashtext('maintain'))"
# Drops both tables of a month; a function, because the service's role may not drop tables.
_DROP_MONTH = "select smtp_activity_drop_month($1)"


class MaintenanceBusy(DatabaseRoomError):
    """Another process maintains the database at the moment."""

    code = "MAINTENANCE_BUSY"


class MonthInUse(DatabaseRoomError):
    """A month beyond retention is being read, so that it could not be dropped: run `smtp-activity maintain` later."""

    code = "MONTH_IN_USE"


class Maintained(NamedTuple):
    """Months made and dropped, by first days; and how many rows went besides, of each kind."""

    months_made: tuple[date, ...]
    months_dropped: tuple[date, ...]
    activities: int
    events: int
    messages: int
    waiting: int
    unattributed: int
    erasures: int


@dataclass(frozen=True, slots=True)
class Maintenance:
    """What is kept for how long: messages, and the working memory of those that left the queue."""

    retention: Retention
    memory: timedelta
    batch_size: int = BATCH_SIZE

    async def run(self, connection: asyncpg.Connection, now: datetime) -> Maintained:
        """Do it, on a connection of its own; it may be stopped and repeated. Raises MaintenanceBusy and MonthInUse."""
        async with _alone(connection):
            existing = await existing_months(connection)
            made = self._missing(existing, now)
            await ensure_months(connection, made)
            activities = events = 0
            for account_id, earliest in (await self.retention.shorter(connection, now)).items():
                gone = await delete_before(connection, account_id, earliest, self.batch_size)
                activities, events = activities + gone[0], events + gone[1]

            async def delete(kinds: tuple[OldRows, ...]) -> int:
                return await delete_old(connection, kinds, self._instants(now), self.batch_size)

            # Unattributed events first: what is known of their messages stays as long as they do.
            unattributed = await delete(UNATTRIBUTED)
            messages, waiting, erasures = await delete(MESSAGES), await delete(WAITING), await delete(ERASURES)
            # Last, because only this may fail for a while: a backup reads all tables until it ends.
            dropped = await self._drop_months(connection, existing, now)
        return Maintained(made, dropped, activities, events, messages, waiting, unattributed, erasures)

    async def foresee(self, connection: asyncpg.Connection, now: datetime) -> Maintained:
        """What `run` would do; nothing is changed. A message that is too old for two reasons counts twice."""
        existing = await existing_months(connection)
        activities = events = 0
        for account_id, earliest in (await self.retention.shorter(connection, now)).items():
            old = await count_before(connection, account_id, earliest)
            activities, events = activities + old[0], events + old[1]
        messages, waiting, unattributed, erasures = [
            await count_old(connection, kinds, self._instants(now))
            for kinds in (MESSAGES, WAITING, UNATTRIBUTED, ERASURES)
        ]
        made, dropped = self._missing(existing, now), self._beyond(existing, now)
        return Maintained(made, dropped, activities, events, messages, waiting, unattributed, erasures)

    async def _drop_months(
        self, connection: asyncpg.Connection, existing: Collection[date], now: datetime
    ) -> tuple[date, ...]:
        beyond = self._beyond(existing, now)
        for month in beyond:
            try:
                async with connection.transaction():
                    # A batch that holds one of the tables and waits for the other would lock up with this.
                    await connection.execute(ONE_WRITER)
                    await connection.execute(_DROP_MONTH, month)
            except asyncpg.LockNotAvailableError as error:
                raise MonthInUse from error
        return beyond

    def _missing(self, existing: Collection[date], now: datetime) -> tuple[date, ...]:
        ahead = [month for month in months_ahead(now) if month not in existing]
        too_old = self._beyond(ahead, now)
        return tuple(month for month in ahead if month not in too_old)

    def _beyond(self, months: Collection[date], now: datetime) -> tuple[date, ...]:
        """The months all of whose messages are too old."""
        first_kept = self.retention.earliest(now).astimezone(UTC).date()
        return tuple(month for month in months if month_after(month) <= first_kept)

    def _instants(self, now: datetime) -> dict[str, datetime]:
        earliest = self.retention.earliest(now)
        return {
            "now": now,
            "earliest": earliest,
            "removed_before": now - min(self.memory, self.retention.period),
            # A month is dropped when its last day is beyond retention: up to 31 days after its first.
            "earliest_month": earliest - timedelta(days=31),
        }


@asynccontextmanager
async def _alone(connection: asyncpg.Connection) -> AsyncIterator[None]:
    if not await connection.fetchval(_LOCK):
        raise MaintenanceBusy
    try:
        yield
    finally:
        await connection.execute(_UNLOCK)
