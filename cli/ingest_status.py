"""The command `smtp-activity ingest status`: what was read, and how far."""

from cli.listing import print_rows
from cli.on_database import on_database
from cli.source_row import SOURCE_COLUMNS, source_row
from database.source_progress import list_sources
from graphql_api.settings import Settings


def status() -> None:
    """List what was read: how far, what is still to be read, and how fast lines came in the last minutes."""
    print_rows(SOURCE_COLUMNS, map(source_row, on_database(Settings(), list_sources)))
