"""The command `smtp-activity migrate`."""

import asyncio
from typing import Annotated

import typer

from cli.database import migration_target
from database.migrate import migrate as migrate_database
from database.server_check import SCHEMA_REVISION
from graphql_api.settings import Settings
from models.clock import utc_now


def migrate(
    service_role: Annotated[
        str | None, typer.Option(metavar="ROLE", help="Let this role do what the service and ingest do, and no more.")
    ] = None,
) -> None:
    """Bring the database to this release, as the owner of its tables, and make the months ahead. Safe to repeat."""
    with migration_target(Settings(), service_role) as target:
        asyncio.run(migrate_database(target.url, now=utc_now(), service_role=target.service_role))
    typer.echo(f"The database is at migration {SCHEMA_REVISION}.")
