"""The command `smtp-activity ingest postqueue`: the queue of a Postfix, once."""

from typing import Annotated

import asyncpg
import typer

from cli.on_database import on_database
from cli.parameter import RelayOption
from cli.postfix_sources import queue_name, this_host
from cli.store import open_store
from cli.tally import complete, print_tally
from graphql_api.settings import Settings
from ingest.log_file import open_log
from ingest.pipeline import Pipeline
from ingest.postqueue import PostqueueParser
from ingest.queue_listing import queue_listing
from ingest.tally import Tally
from models.clock import utc_now


def postqueue(
    file: Annotated[str | None, typer.Argument(help="A listing; - for standard input; none: run postqueue -j.")] = None,
    relay: RelayOption = None,
) -> None:
    """Read the queue's listing: who still waits is pending, or deferred with its reason. Needs long queue ids."""
    settings = Settings()
    tally = on_database(settings, lambda connection: _read_queue(connection, settings, file, relay or this_host()))
    print_tally(tally)


async def _read_queue(connection: asyncpg.Connection, settings: Settings, file: str | None, relay: str) -> Tally:
    name = queue_name(relay)
    store, tally = await open_store(connection, settings), Tally()
    pipeline = Pipeline(store, utc_now, source_name=name)
    with queue_listing(name) if file is None else open_log(file) as log:
        await pipeline.read(log, PostqueueParser(relay), tally)
    return await complete(connection, store, tally)
