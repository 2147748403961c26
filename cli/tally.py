"""What a reading came to, on the terminal."""

import typer

from ingest.tally import Tally


def print_tally(tally: Tally) -> None:
    """The summary; on standard error, each line that could not be read, with its reason."""
    for complaint in tally.complaints():
        typer.echo(complaint, err=True)
    typer.echo(tally.summary())
