"""The command `smtp-activity ingest kumomta`: the records that KumoMTA logs, from its segments or a directory."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

import asyncpg
import typer

from cli.follow import follow_until_stopped, read_to_the_end
from cli.on_database import on_database
from cli.parameter import PostOption, SpoolOption
from cli.post import post_until_stopped
from cli.store import open_store
from cli.tally import complete, print_tally
from database.source_progress import SourceProgress
from graphql_api.settings import Settings
from ingest.follow import Followed, ToFollow
from ingest.kumomta_follower import KumoMtaFollower
from ingest.kumomta_segments import Segments
from ingest.log_file import name_of
from ingest.log_tail import BEGINNING, Place
from ingest.tally import Tally


def kumomta(
    paths: Annotated[
        list[str], typer.Argument(metavar="FILE|DIR…", help="Log segments, zstd or plain, or their directory.")
    ],
    follow: Annotated[
        bool, typer.Option("--follow", help="Go on with what is written, until SIGTERM or SIGINT.")
    ] = False,
    machine: Annotated[
        str | None, typer.Option(help="Whose logs these are, where several machines record into one database.")
    ] = None,
    post: PostOption = None,
    spool: SpoolOption = None,
) -> None:
    """Read KumoMTA's logs, on from where they were left: docs/operating.md says what KumoMTA is to log."""
    if post and not follow:
        raise typer.BadParameter("--post needs --follow.")
    settings = Settings()
    sources = [KumoMtaLog(path, machine, follow).to_follow() for path in dict.fromkeys(map(name_of, paths))]
    if post:
        post_until_stopped(settings, sources, post, spool)
        return
    if follow:
        follow_until_stopped(settings, sources)
        return
    print_tally(on_database(settings, lambda connection: _read(connection, settings, sources)))


@dataclass(frozen=True, slots=True)
class KumoMtaLog:
    """A file or a directory, by its full path."""

    path: str
    machine: str | None
    waits: bool

    def to_follow(self) -> ToFollow:
        """It, once; of several machines that record into one database, by the machine's name."""
        name = self.path if self.machine is None else f"{self.machine}:{self.path}"
        return ToFollow(name, partial(self._begin, name))

    def _begin(self, name: str, progress: SourceProgress | None, tally: Tally) -> Followed:
        place = BEGINNING if progress is None else Place(progress.fingerprint, progress.position)
        state = None if progress is None else progress.reader_state
        segments = Segments(Path(self.path), place, state, waits=self.waits)
        return Followed(name, segments, KumoMtaFollower(segments), tally, segments.origin)


async def _read(connection: asyncpg.Connection, settings: Settings, sources: list[ToFollow]) -> Tally:
    store, tally = await open_store(connection, settings), Tally()
    for source in sources:
        await read_to_the_end(source, connection, store, tally)
    return await complete(connection, store, tally)
