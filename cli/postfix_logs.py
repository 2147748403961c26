"""Postfix's logs into the database, once or until somebody says stop; with a progress bar, where somebody looks."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from cli.follow import follow_until_stopped, read_to_the_end
from cli.on_database import on_database
from cli.post import post_until_stopped
from cli.postfix_sources import PostfixLogs, postfix_journal, postfix_queue
from cli.store import open_store
from cli.tally import complete, print_tally
from database.source_progress import reading
from graphql_api.settings import Settings
from ingest.log_file import name_of
from ingest.parsed import LogToRead
from ingest.pipeline import Pipeline
from ingest.postfix_apart import ParserApart
from ingest.postfix_reader import PostfixReader
from ingest.tally import Tally
from models.clock import utc_now


def follow_logs(
    settings: Settings, logs: PostfixLogs, *, journal: bool, queue_of: str | None, post: str | None, spool: Path | None
) -> None:
    """Follow the logs, the journal and the queue of a relay; what is read is recorded, or posted."""
    sources = [*logs.to_follow(), *([postfix_journal(logs)] if journal else [])]
    sources += [postfix_queue(queue_of)] if queue_of is not None else []
    if post:
        post_until_stopped(settings, sources, post, spool)
    else:
        follow_until_stopped(settings, sources)


def record_logs(settings: Settings, logs: PostfixLogs, begun: ParserApart | None, *, journal: bool) -> None:
    """Read the logs and the journal to their ends, and tell what they came to; `begun` parses the first log already."""
    print_tally(on_database(settings, lambda connection: _read(connection, settings, logs, begun, journal)))


async def _read(
    connection: asyncpg.Connection, settings: Settings, logs: PostfixLogs, begun: ParserApart | None, journal: bool
) -> Tally:
    store = await open_store(connection, settings)
    reader = PostfixReader(Pipeline(store, utc_now), logs.inner_relays, logs.year, logs.time_zone)
    tally = Tally()
    with _progress_bar() as bar:
        for name in map(name_of, logs.files):
            async with reading(connection, name):
                await reader.read(name, tally, bar.show, begun)
            begun = None
    if journal:
        await read_to_the_end(postfix_journal(logs, follow=False), connection, store, tally)
    return await complete(connection, store, tally)


class _Bar:
    """A progress bar, where somebody looks."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks = dict[str, TaskID]()

    def show(self, log: LogToRead, raw_position: int) -> None:
        """Where the reading of this log stands."""
        if log.name not in self._tasks:
            self._tasks[log.name] = self._progress.add_task(log.name, total=log.raw_size)
        self._progress.update(self._tasks[log.name], completed=raw_position)


@contextmanager
def _progress_bar() -> Iterator[_Bar]:
    console = _console()
    columns = TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield _Bar(progress)


def _console() -> Console:
    return Console(stderr=True)
