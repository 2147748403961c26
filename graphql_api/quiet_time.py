"""The quiet time of each day, at which one of the workers maintains the database; it never stops the service."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Literal

import structlog

from database.errors import DatabaseRoomError
from database.maintenance import Maintenance, MaintenanceBusy
from database.pool import DATABASE_FAILURES, connect
from graphql_api.metrics import Metrics
from models.clock import Clock

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class QuietTime:
    """Whose database is maintained, how, and who is told of it."""

    url: str
    maintenance: Maintenance
    clock: Clock
    metrics: Metrics
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    @asynccontextmanager
    async def maintained_at(self, time_of_day: time | Literal["never"]) -> AsyncIterator[None]:
        """Maintain every day at this time (UTC) meanwhile."""
        if time_of_day == "never":
            yield
            return
        days = asyncio.create_task(self._every_day(time_of_day))
        try:
            yield
        finally:
            days.cancel()
            with suppress(asyncio.CancelledError):
                await days

    async def _every_day(self, time_of_day: time) -> None:
        while True:
            due = next_at(time_of_day, self.clock())
            # A clock that was set back, or a machine that slept, makes one sleep too short or too long.
            while (left := due - self.clock()) > timedelta():
                await self.sleep(left.total_seconds())
            await self.maintain()

    async def maintain(self) -> None:
        """Maintain now, unless another worker does; a failure is logged and counted."""
        try:
            connection = await connect(self.url)
            try:
                done = await self.maintenance.run(connection, self.clock())
            finally:
                # Not closed politely: it may be the connection that failed.
                connection.terminate()
        except MaintenanceBusy:
            self.metrics.maintenance("busy")
        except (DatabaseRoomError, *DATABASE_FAILURES) as error:
            self.metrics.maintenance("failed")
            _log.error("the database could not be maintained", error=type(error).__name__, mend="docs/operating.md")
        else:
            self.metrics.maintenance("ok")
            _log.info(
                "the database was maintained", **{name: _loggable(value) for name, value in done._asdict().items()}
            )


def next_at(time_of_day: time, now: datetime) -> datetime:
    """The first instant after `now` at which it is this time of day in UTC."""
    today = datetime.combine(now.astimezone(UTC).date(), time_of_day.replace(tzinfo=None), UTC)
    return today if today > now else today + timedelta(days=1)


def _loggable(value: object) -> object:
    return [f"{month:%Y-%m}" for month in value] if isinstance(value, tuple) else value
