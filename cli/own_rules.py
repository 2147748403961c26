"""The operator's own rules of reasons, as the settings' file has them; a bad file ends the command with one line."""

import typer

from graphql_api.settings import Settings
from models.own_rules import OwnRules
from models.own_rules_file import UnusableRules


def own_rules(settings: Settings) -> OwnRules:
    """The rules of this installation."""
    try:
        return settings.load_reason_rules()
    except UnusableRules as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
