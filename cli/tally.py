"""What a reading came to: what is done at its end, and how it is told on the terminal."""

import asyncpg
import typer

from database.put_aside import count_put_aside
from database.store import Store
from ingest.tally import Tally
from models.clock import utc_now


async def complete(connection: asyncpg.Connection, store: Store, tally: Tally) -> Tally:
    """Match what waited for this to be read, and count what still waits."""
    tally.changed_rows += (await store.settle_bounces(utc_now())).changed_rows
    tally.waiting, tally.unattributed = await count_put_aside(connection)
    return tally


def print_tally(tally: Tally) -> None:
    """The summary; on standard error, each line that could not be read, with its reason."""
    for complaint in tally.complaints():
        typer.echo(complaint, err=True)
    typer.echo(tally.summary())
