"""`smtp-activity unattributed`: events whose account nobody could tell."""

import asyncpg
import typer

from cli.listing import print_rows
from cli.on_database import on_database
from cli.store import open_store
from database.put_aside import UnknownSender, unknown_senders
from database.unattributed import Retried, retry_unattributed
from graphql_api.settings import Settings
from models.clock import utc_now

app = typer.Typer(help="Events whose account nobody could tell.", no_args_is_help=True)


@app.callback()
def unattributed() -> None:
    """Events whose account nobody could tell."""


@app.command("list")
def show() -> None:
    """List who sent them. Add a credential or a domain to an account, then `unattributed retry`."""
    columns = ("user name", "sender's domain", "events", "first", "last")
    print_rows(columns, map(_row, on_database(Settings(), unknown_senders)))


@app.command()
def retry() -> None:
    """Give those events to their accounts whose user name or domain was added since. Safe to stop and to repeat."""
    settings = Settings()
    done = on_database(settings, lambda connection: _retry(connection, settings))
    typer.echo(
        f"New rows: {done.new_rows}, changed rows: {done.changed_rows};"
        f" events that were too old: {done.out_of_bounds}, still unattributed: {done.unattributed}."
    )


async def _retry(connection: asyncpg.Connection, settings: Settings) -> Retried:
    return await retry_unattributed(connection, await open_store(connection, settings), utc_now)


def _row(sender: UnknownSender) -> tuple[str, ...]:
    return (
        sender.user_name or "-",
        sender.sender_domain or "-",
        str(sender.events),
        sender.first.isoformat(),
        sender.last.isoformat(),
    )
