"""`smtp-activity unattributed`: events whose account nobody could tell."""

import typer

from cli.listing import print_rows
from cli.on_database import on_database
from database.put_aside import UnknownSender, unknown_senders
from graphql_api.settings import Settings

app = typer.Typer(help="Events whose account nobody could tell.", no_args_is_help=True)


@app.callback()
def unattributed() -> None:
    """Events whose account nobody could tell."""


@app.command("list")
def show() -> None:
    """List who sent them. Add a credential or a domain to an account, then read the log again."""
    columns = ("user name", "sender's domain", "events", "first", "last")
    print_rows(columns, map(_row, on_database(Settings(), unknown_senders)))


def _row(sender: UnknownSender) -> tuple[str, ...]:
    return (
        sender.user_name or "-",
        sender.sender_domain or "-",
        str(sender.events),
        sender.first.isoformat(),
        sender.last.isoformat(),
    )
