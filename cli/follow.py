"""Following sources until somebody says stop: whatever fails is begun anew from what the database knows."""

import asyncio
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import tzinfo
from functools import partial
from pathlib import Path
from socket import gethostname

import asyncpg
import structlog
import typer

from cli.log import configure_log
from cli.on_database import connected, on_database_url
from cli.store import open_store
from database.errors import DatabaseRoomError
from database.pool import DATABASE_FAILURES
from database.source_progress import SourceProgress, find_progress, reading
from database.store import Store
from graphql_api.settings import Settings
from ingest.follow import Followed, ToFollow
from ingest.log_file import STANDARD_INPUT
from ingest.log_tail import BEGINNING, LogTail, Place
from ingest.pipeline import LINES_PER_BATCH
from ingest.postfix_follower import PostfixFollower
from ingest.postqueue import PostqueueParser
from ingest.queue_listing import QueueListing
from models.clock import Clock, utc_now

# Lines are recorded this soon; a look at a file that has not grown costs nothing.
_SECONDS_BETWEEN_LOOKS = 0.5
_LONGEST_WAIT = 30.0

_log = structlog.get_logger()


def follow_until_stopped(settings: Settings, sources: Sequence[ToFollow]) -> None:
    """Follow the sources until SIGTERM or SIGINT; what was read by then is recorded."""
    configure_log()
    on_database_url(settings, lambda url: _until_signalled(Follower(url, settings, sources)))


def postfix_logs(
    files: Sequence[str], inner_relays: frozenset[str], year: int | None, time_zone: tzinfo | None
) -> list[ToFollow]:
    """Postfix logs by their paths."""
    if STANDARD_INPUT in files:
        raise typer.BadParameter("standard input is read to its end, and cannot be followed.")
    paths = dict.fromkeys(Path(name).resolve() for name in files)
    return [ToFollow(str(path), partial(_postfix_log, path, inner_relays, year, time_zone)) for path in paths]


def _postfix_log(
    path: Path,
    inner_relays: frozenset[str],
    year: int | None,
    time_zone: tzinfo | None,
    progress: SourceProgress | None,
) -> Followed:
    if progress is None:
        place, state = BEGINNING, None
    elif progress.reader_state is None:
        # It was read as a whole, by what held nothing back: read anew, its lines are known already.
        place, state = Place(progress.fingerprint), None
    else:
        place, state = Place(progress.fingerprint, progress.position), progress.reader_state
    return Followed(str(path), LogTail(path, place), PostfixFollower(state, inner_relays, year, time_zone))


def postfix_queue(relay: str) -> ToFollow:
    """The queue of this machine, listed now and then."""
    return ToFollow(queue_name(relay), lambda _: Followed(queue_name(relay), QueueListing(), PostqueueParser(relay)))


def queue_name(relay: str) -> str:
    """What the queue is called among the sources."""
    return f"queue of {relay}"


def this_host() -> str:
    """This machine as syslog names it (RFC 3164): without its domain."""
    return gethostname().partition(".")[0]


@dataclass(frozen=True, slots=True)
class Follower:
    """Follows sources on one connection, and on a new one when that is lost."""

    url: str
    settings: Settings
    sources: Sequence[ToFollow]
    clock: Clock = utc_now
    lines_per_batch: int = LINES_PER_BATCH
    seconds_between_looks: float = _SECONDS_BETWEEN_LOOKS

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`; raises IngestError, and at its first try DatabaseRoomError."""
        wait, ever_begun = 0.0, False
        while not stop.is_set():
            begun = asyncio.Event()
            try:
                await connected(self.url, partial(self._on_connection, begun=begun, stop=stop))
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
            while not stop.is_set():
                if not await self._look(store, followed):
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
                one = source.begin(await find_progress(connection, source.name))
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
