"""The command `smtp-activity`: puts one module per command together, and does nothing itself."""

from importlib import import_module

import typer

app = typer.Typer(
    name="smtp-activity",
    help="Was it delivered, and if not, why? Delivery history of an SMTP relay as a GraphQL API.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

# Until all modules are there (they are being written): each is registered when it exists.
for _name in ("serve", "migrate", "demo"):
    try:
        app.command(_name)(getattr(import_module(f"cli.{_name}"), _name))
    except ModuleNotFoundError:
        continue
for _name in ("account", "credential", "domain", "token", "ingest", "unattributed", "schema"):
    try:
        app.add_typer(import_module(f"cli.{_name}").app, name=_name)
    except ModuleNotFoundError:
        continue


def main() -> None:
    """Run the command that the arguments name."""
    app()
