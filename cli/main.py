"""The command `smtp-activity`: finds the module of the command that is asked for, and does nothing itself."""

import gc

import typer
from pydantic import ValidationError
from pydantic_settings import SettingsError

from cli.commands import commands_of

_COMMANDS = (
    *("demo", "erase", "maintain", "migrate", "reclassify", "serve"),
    *("ingest", "unattributed", "account", "credential", "domain", "token", "schema", "documents"),
)


app = typer.Typer(
    name="smtp-activity",
    cls=commands_of(_COMMANDS, "cli."),
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
    finally:
        # The program itself is not looked through once more as it ends, which takes a tenth of a second.
        gc.freeze()
