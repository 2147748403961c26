"""The command `smtp-activity ingest postfix`: its parameters. A large log is parsed while what records it is loaded."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from cli.loading import loading
from cli.parameter import PostOption, RelayOption, SpoolOption, checked_by
from graphql_api.settings import Settings
from ingest.log_file import name_of
from ingest.postfix_apart import ParserApart, is_worth_a_process, parsing_apart
from ingest.postfix_parsing import PostfixParsing
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
    parsing = PostfixParsing.of(settings.attribution_rules.inner_relays, year, time_zone)
    with _first_begun([] if follow else files or [], parsing) as begun:
        # The tables take longer to load than the log's first lines take to be parsed.
        with loading():
            from cli.postfix_logs import follow_logs, record_logs
            from cli.postfix_sources import PostfixLogs, this_host
        logs = PostfixLogs(files or [], settings.attribution_rules.inner_relays, year, time_zone, machine)
        if follow:
            follow_logs(
                settings,
                logs,
                journal=journal,
                queue_of=(relay or this_host()) if queue else None,
                post=post,
                spool=spool,
            )
        else:
            record_logs(settings, logs, begun, journal=journal)


@contextmanager
def _first_begun(files: Sequence[str], parsing: PostfixParsing | None) -> Iterator[ParserApart | None]:
    """What parses the first of these logs from now on, where that is worth a process of its own."""
    if parsing is None or not files or not is_worth_a_process(files[0]):
        yield None
        return
    with parsing_apart(name_of(files[0]), parsing) as begun:
        yield begun
