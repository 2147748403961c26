"""The command `smtp-activity reclassify`."""

import asyncpg
import typer

from cli.on_database import on_database
from cli.own_rules import own_rules
from database.classifier_version import classifier_with
from database.reclassify import Reclassified
from database.reclassify import reclassify as reclassify_stored
from graphql_api.settings import Settings


def reclassify() -> None:
    """Read stored answers again with your own rules of reasons and this release's. Safe to stop and to repeat."""
    settings = Settings()
    done = on_database(settings, lambda connection: _reclassify(connection, settings))
    typer.echo(
        f"{done.activities} activities read again, {done.changed_activities} changed; "
        f"{done.changed_events} events changed."
    )


async def _reclassify(connection: asyncpg.Connection, settings: Settings) -> Reclassified:
    return await reclassify_stored(connection, await classifier_with(connection, own_rules(settings)))
