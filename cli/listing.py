"""Rows for people and for programs: a table on a terminal, tab-separated lines anywhere else."""

from collections.abc import Iterable, Sequence

import typer
from rich.console import Console
from rich.table import Table


def print_rows(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print the rows below their columns' names."""
    # Without markup: a name may hold square brackets.
    console = Console(markup=False, highlight=False)
    if not console.is_terminal:
        for row in (columns, *rows):
            typer.echo("\t".join(row))
        return
    table = Table(*columns)
    for row in rows:
        table.add_row(*row)
    console.print(table)
