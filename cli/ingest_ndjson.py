"""The command `smtp-activity ingest ndjson`: events of any mail server, in the documented form."""

from typing import Annotated

import asyncpg
import typer

from cli.on_database import on_database
from cli.store import open_store
from cli.tally import complete, print_tally
from database.source_progress import reading
from graphql_api.settings import Settings
from ingest.log_file import name_of, open_log
from ingest.ndjson import NdjsonParser
from ingest.pipeline import Pipeline
from ingest.tally import Tally
from models.clock import utc_now


def ndjson(
    files: Annotated[list[str], typer.Argument(metavar="FILE…", help="NDJSON, plain or gzip; - for standard input.")],
) -> None:
    """Read events of any mail server, a JSON object a line. Reading a file again changes nothing.

    The form: docs/events.md, and `smtp-activity schema events`.
    """
    settings = Settings()
    print_tally(on_database(settings, lambda connection: _read(connection, settings, files)))


async def _read(connection: asyncpg.Connection, settings: Settings, files: list[str]) -> Tally:
    store, tally = await open_store(connection, settings), Tally()
    pipeline = Pipeline(store, utc_now)
    for file in files:
        async with reading(connection, name_of(file)):
            with open_log(file) as log:
                await pipeline.read(log, NdjsonParser(), tally)
    return await complete(connection, store, tally)
