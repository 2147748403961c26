"""`smtp-activity credential`: SMTP user names, by which a log line finds its account."""

from typing import Annotated

import typer

from cli.listing import print_rows
from cli.on_database import on_database
from cli.parameter import AccountOption, checked_by
from database.owned_names import CREDENTIALS
from graphql_api.settings import Settings
from models.account_fields import plain_text

app = typer.Typer(help="SMTP user names, by which a log line finds its account.", no_args_is_help=True)


@app.command()
def add(
    user_name: Annotated[
        str,
        typer.Argument(
            parser=checked_by(plain_text),
            metavar="USER_NAME",
            help="As the relay logs it (sasl_username), letter for letter.",
        ),
    ],
    account: AccountOption,
) -> None:
    """Give a user name to an account; it counts for messages that arrive from now on."""
    new = on_database(Settings(), lambda connection: CREDENTIALS.add(connection, account, user_name))
    typer.echo(f"{user_name} belongs to {account}{'' if new else ' already'}.")


@app.command("list")
def show(account: AccountOption | None = None) -> None:
    """List user names and their accounts."""
    print_rows(
        ("user name", "account"), on_database(Settings(), lambda connection: CREDENTIALS.listed(connection, account))
    )
