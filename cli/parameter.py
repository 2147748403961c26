"""Arguments and options that several commands share, checked by the models' rules."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from models.account_fields import plain_text

T = TypeVar("T")


def checked_by(rule: Callable[[str], T]) -> Callable[[str], T]:
    """A parser for Typer: what the rule returns, its ValueError as a usage error that names the parameter."""

    def parse(value: str) -> T:
        try:
            return rule(value)
        except ValueError as error:
            raise typer.BadParameter(f"{error}.") from error

    return parse


AccountOption = Annotated[
    str, typer.Option("--account", parser=checked_by(plain_text), metavar="EXTERNAL_ID", help="The account.")
]
PostOption = Annotated[
    str | None,
    typer.Option(metavar="URL", help="With --follow: post to a service's /ingest/events, in place of the database."),
]
SpoolOption = Annotated[
    Path | None, typer.Option(metavar="DIR", help="With --post: where events wait; none: spool in the data directory.")
]
RelayOption = Annotated[
    str | None, typer.Option(help="The host as its log names it, for the queue; none: this one, without its domain.")
]
