"""The commands `smtp-activity ingest …`: read a mail server's log into the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated
from zoneinfo import ZoneInfo

import asyncpg
import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from cli.follow import follow_until_stopped, read_to_the_end
from cli.ingest_kumomta import kumomta
from cli.ingest_ndjson import ndjson
from cli.listing import print_rows
from cli.on_database import on_database
from cli.parameter import checked_by
from cli.post import PostOption, SpoolOption, post_until_stopped
from cli.postfix_sources import PostfixLogs, postfix_journal, postfix_queue, queue_name, this_host
from cli.source_row import SOURCE_COLUMNS, source_row
from cli.store import open_store
from cli.tally import complete, print_tally
from database.source_progress import list_sources, reading
from graphql_api.settings import Settings
from ingest.log_file import name_of, open_log
from ingest.parsed import LogToRead
from ingest.pipeline import Pipeline
from ingest.postfix_reader import PostfixReader
from ingest.postqueue import PostqueueParser
from ingest.queue_listing import queue_listing
from ingest.tally import Tally
from models.clock import utc_now
from models.time_zone import time_zone as zone_of_name

FilesArgument = Annotated[
    list[str] | None, typer.Argument(metavar="FILE…", help="Logs, plain or gzip; - for standard input.")
]
YearOption = Annotated[int | None, typer.Option(min=1970, max=9999, help="The year of each file's first line.")]
ZoneOption = Annotated[
    ZoneInfo | None,
    typer.Option(parser=checked_by(zone_of_name), metavar="ZONE", help="The log's clock, e.g. UTC or Europe/Paris."),
]
FollowOption = Annotated[
    bool, typer.Option("--follow", help="Go on where it was left, through rotations, until SIGTERM or SIGINT.")
]
MachineOption = Annotated[
    str | None,
    typer.Option(help="With --follow: whose logs these are, where several machines record into one database."),
]
JournalOption = Annotated[
    bool, typer.Option("--journal", help="Read this machine's journal, on from where it was left.")
]
QueueOption = Annotated[bool, typer.Option("--queue", help="With --follow: list the queue each minute as well.")]
RelayOption = Annotated[
    str | None, typer.Option(help="The host as its log names it, for the queue; none: this one, without its domain.")
]

app = typer.Typer(help="Read a mail server's log into the database.", no_args_is_help=True)


app.command()(kumomta)
app.command()(ndjson)


@app.callback()
def ingest() -> None:
    """Read a mail server's log into the database."""


@app.command()
def postfix(
    files: FilesArgument = None,
    year: YearOption = None,
    time_zone: ZoneOption = None,
    follow: FollowOption = False,
    machine: MachineOption = None,
    journal: JournalOption = False,
    queue: QueueOption = False,
    relay: RelayOption = None,
    post: PostOption = None,
    spool: SpoolOption = None,
) -> None:
    """Read Postfix logs: syslog's, or the journal's (JSON lines). Reading a file again changes nothing.

    Without --year and --time-zone both are learned from long queue ids, where the log has them.
    """
    if not (files or journal):
        raise typer.BadParameter("name a FILE, or pass --journal.")
    if (queue or machine) and not follow:
        raise typer.BadParameter("--queue and --machine need --follow; `ingest postqueue` reads the queue once.")
    if post and not follow:
        raise typer.BadParameter("--post needs --follow.")
    settings = Settings()
    logs = PostfixLogs(files or [], settings.attribution_rules.inner_relays, year, time_zone, machine)
    if follow:
        sources = [*logs.to_follow(), *([postfix_journal(logs)] if journal else [])]
        sources += [postfix_queue(relay or this_host())] if queue else []
        if post:
            post_until_stopped(settings, sources, post, spool)
        else:
            follow_until_stopped(settings, sources)
        return
    tally = on_database(settings, lambda connection: _read(connection, settings, logs, journal))
    print_tally(tally)


@app.command()
def postqueue(
    file: Annotated[str | None, typer.Argument(help="A listing; - for standard input; none: run postqueue -j.")] = None,
    relay: RelayOption = None,
) -> None:
    """Read the queue's listing: who still waits is pending, or deferred with its reason. Needs long queue ids."""
    settings = Settings()
    tally = on_database(settings, lambda connection: _read_queue(connection, settings, file, relay or this_host()))
    print_tally(tally)


@app.command()
def status() -> None:
    """List what was read: how far, what is still to be read, and how fast lines came in the last minutes."""
    print_rows(SOURCE_COLUMNS, map(source_row, on_database(Settings(), list_sources)))


async def _read(connection: asyncpg.Connection, settings: Settings, logs: PostfixLogs, journal: bool) -> Tally:
    store = await open_store(connection, settings)
    reader = PostfixReader(Pipeline(store, utc_now), logs.inner_relays, logs.year, logs.time_zone)
    tally = Tally()
    with _progress_bar() as bar:
        for name in map(name_of, logs.files):
            async with reading(connection, name):
                await reader.read(name, tally, bar.show)
    if journal:
        await read_to_the_end(postfix_journal(logs, follow=False), connection, store, tally)
    return await complete(connection, store, tally)


async def _read_queue(connection: asyncpg.Connection, settings: Settings, file: str | None, relay: str) -> Tally:
    name = queue_name(relay)
    store, tally = await open_store(connection, settings), Tally()
    pipeline = Pipeline(store, utc_now, source_name=name)
    with queue_listing(name) if file is None else open_log(file) as log:
        await pipeline.read(log, PostqueueParser(relay), tally)
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
