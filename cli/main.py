"""The command `smtp-activity`: finds the module of the command that is asked for, and does nothing itself."""

from importlib import import_module
from typing import Any, cast

import typer
from pydantic import ValidationError
from pydantic_settings import SettingsError
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_group

# Each is a module here: it has an `app` of several commands, or a function of its name, which is the command.
_COMMANDS = (
    *("demo", "erase", "maintain", "migrate", "reclassify", "serve"),
    *("ingest", "unattributed", "account", "credential", "domain", "token", "schema", "documents"),
)


class _Commands(TyperGroup):
    """Loads a command's module when it is asked for: all together take longer than most commands."""

    def list_commands(self, _ctx: Any) -> list[str]:
        """Their names, in the order of the help."""
        return list(_COMMANDS)

    def get_command(self, _ctx: Any, cmd_name: str) -> TyperCommand | TyperGroup | None:
        """The command of that name."""
        return _command(cmd_name) if cmd_name in _COMMANDS else None


def _command(name: str) -> TyperCommand | TyperGroup:
    module = import_module(f"cli.{name}")
    if hasattr(module, "app"):
        group = get_group(module.app)
        group.name = name
        return group
    alone = typer.Typer(add_completion=False)
    alone.command(name)(getattr(module, name))
    return cast(TyperCommand, get_command(alone))


app = typer.Typer(
    name="smtp-activity",
    cls=_Commands,
    help="Was it delivered, and if not, why? Delivery history of an SMTP relay as a GraphQL API.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@app.callback()
def smtp_activity() -> None:
    """Was it delivered, and if not, why? Delivery history of an SMTP relay as a GraphQL API."""


def main() -> None:
    """Run the command that the arguments name; a setting that cannot be used ends it with one line."""
    try:
        app()
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        raise SystemExit(f"SMTP_ACTIVITY_{str(problem['loc'][0]).upper()}: {problem['msg']}.") from error
    except SettingsError as error:
        raise SystemExit(f"Lists and maps are written as JSON: {error}.") from error
