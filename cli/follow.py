"""Following sources until somebody says stop: whatever fails is begun anew from what the database knows."""

import asyncio
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import asyncpg
import structlog

from cli.log import configure_log
from cli.on_database import connected, on_database_url
from cli.store import open_store
from database.errors import DatabaseRoomError
from database.pool import DATABASE_FAILURES
from database.source_progress import find_progress, reading
from database.store import Store
from graphql_api.settings import Settings
from ingest.follow import Followed, ToFollow
from ingest.parsed import LINES_PER_BATCH
from ingest.tally import Tally
from models.clock import Clock, utc_now

# Lines are recorded this soon; a look at a file that has not grown costs nothing.
_SECONDS_BETWEEN_LOOKS = 0.5
_LONGEST_WAIT = 30.0
# Bounces out of band are matched when all sources have passed their time, and nobody waits for that.
_BETWEEN_SETTLINGS = timedelta(minutes=1)
# A batch takes a second or two, and may wait for the batches of others.
_ANSWERS_WITHIN = 300.0

_log = structlog.get_logger()


def follow_until_stopped(settings: Settings, sources: Sequence[ToFollow]) -> None:
    """Follow the sources until SIGTERM or SIGINT; what was read by then is recorded."""
    configure_log()
    on_database_url(settings, lambda url: _until_signalled(Follower(url, settings, sources)))


async def read_to_the_end(source: ToFollow, connection: asyncpg.Connection, store: Store, tally: Tally) -> None:
    """Read on a source that has an end, from where it was left; raises SourceBusy, IngestError."""
    async with reading(connection, source.name):
        one = source.begin(await find_progress(connection, source.name), tally)
        try:
            while await one.record_some(store, utc_now):
                pass
        finally:
            one.close()


@dataclass(frozen=True, slots=True)
class Follower:
    """Follows sources on one connection, and on a new one when that is lost."""

    url: str
    settings: Settings
    sources: Sequence[ToFollow]
    clock: Clock = utc_now
    lines_per_batch: int = LINES_PER_BATCH
    seconds_between_looks: float = _SECONDS_BETWEEN_LOOKS
    answers_within: float = _ANSWERS_WITHIN

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`; raises IngestError, and at its first try DatabaseRoomError."""
        wait, ever_begun = 0.0, False
        while not stop.is_set():
            begun = asyncio.Event()
            try:
                await connected(self.url, partial(self._on_connection, begun=begun, stop=stop), self.answers_within)
            except (DatabaseRoomError, *DATABASE_FAILURES) as error:
                ever_begun = ever_begun or begun.is_set()
                if not ever_begun:
                    raise
                wait = 1.0 if begun.is_set() else min(2 * wait, _LONGEST_WAIT)
                # A message of PostgreSQL's may quote what it was given.
                reason = str(error) if isinstance(error, DatabaseRoomError) else type(error).__name__
                _log.warning("the database fails; the place in each log is kept", reason=reason, next_try_in=wait)
                await _sleep(wait, stop)

    async def _on_connection(self, connection: asyncpg.Connection, begun: asyncio.Event, stop: asyncio.Event) -> None:
        store = await open_store(connection, self.settings)
        async with self._followed(connection) as followed:
            begun.set()
            settled_at = None
            while not stop.is_set():
                if not await self._look(store, followed):
                    if settled_at is None or self.clock() - settled_at >= _BETWEEN_SETTLINGS:
                        settled_at = self.clock()
                        await store.settle_bounces(settled_at)
                    await _sleep(self.seconds_between_looks, stop)

    async def _look(self, store: Store, followed: Sequence[Followed]) -> bool:
        """Record a batch of each; whether one was full, so that there may be more at once."""
        lines = [await one.record_some(store, self.clock, self.lines_per_batch) for one in followed]
        return max(lines) == self.lines_per_batch

    @asynccontextmanager
    async def _followed(self, connection: asyncpg.Connection) -> AsyncIterator[list[Followed]]:
        """The sources at the places where they were left; raises SourceBusy."""
        async with AsyncExitStack() as stack:
            followed = []
            for source in self.sources:
                await stack.enter_async_context(reading(connection, source.name))
                one = source.begin(await find_progress(connection, source.name), Tally())
                stack.callback(one.close)
                followed.append(one)
            yield followed


async def _until_signalled(follower: Follower) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    _log.info("following", sources=[source.name for source in follower.sources])
    await follower.run(stop)
    _log.info("stopped")


async def _sleep(seconds: float, stop: asyncio.Event) -> None:
    """Wait, but not longer than until `stop`."""
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
