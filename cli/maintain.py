"""The command `smtp-activity maintain`."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated

import typer

from cli.on_database import on_database
from database.maintenance import Maintained
from graphql_api.settings import Settings
from models.clock import utc_now


def maintain(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and change nothing.")] = False,
) -> None:
    """Make months ahead, and take away what is kept no longer. `serve` does it every night. Safe to repeat."""
    settings = Settings()
    work = settings.maintenance.foresee if dry_run else settings.maintenance.run
    done = on_database(settings, lambda connection: work(connection, utc_now()))
    for line in _lines(done):
        typer.echo(line)
    if dry_run:
        typer.echo("This is what would be done: nothing was changed.")


def _lines(done: Maintained) -> tuple[str, ...]:
    return (
        f"Months made: {_months(done.months_made)}; dropped: {_months(done.months_dropped)}.",
        f"Deleted for accounts that keep less: activities {done.activities}, events {done.events}.",
        f"Deleted from ingest's memory: messages {done.messages}, waiting events {done.waiting},"
        f" unattributed events {done.unattributed}, hashes of erased addresses {done.erasures}.",
    )


def _months(months: Sequence[date]) -> str:
    return ", ".join(f"{month:%Y-%m}" for month in months) or "none"
