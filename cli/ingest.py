"""The commands `smtp-activity ingest …`: read a mail server's log into the database."""

import typer

from cli.commands import commands_of

_COMMANDS = ("kumomta", "ndjson", "postfix", "postqueue", "status")

app = typer.Typer(
    cls=commands_of(_COMMANDS, "cli.ingest_"),
    help="Read a mail server's log into the database.",
    no_args_is_help=True,
)


@app.callback()
def ingest() -> None:
    """Read a mail server's log into the database."""
