"""The audit log's file, tried before a service starts: one that cannot be written ends the command with one line."""

from pathlib import Path

import typer

from graphql_api.audit_log import open_to_append
from graphql_api.settings import Settings


def check_audit_log(settings: Settings) -> None:
    """Where there is a file, open it as the service will."""
    if not isinstance(settings.audit_log, Path):
        return
    try:
        open_to_append(settings.audit_log).close()
    except OSError as error:
        typer.echo(f"The audit log {settings.audit_log} cannot be written: {error.strerror}.", err=True)
        raise typer.Exit(1) from error
