"""The command `smtp-activity reclassify`."""

import typer

from cli.on_database import on_database
from database.reclassify import reclassify as reclassify_stored
from graphql_api.settings import Settings


def reclassify() -> None:
    """Read stored answers again with this release's rules of reasons. Safe to stop and to repeat."""
    done = on_database(Settings(), reclassify_stored)
    typer.echo(
        f"{done.activities} activities read again, {done.changed_activities} changed; "
        f"{done.changed_events} events changed."
    )
