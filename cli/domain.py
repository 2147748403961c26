"""`smtp-activity domain`: sending domains, by which a trusted client's log line finds its account."""

from typing import Annotated

import typer

from cli.listing import print_rows
from cli.on_database import on_database
from cli.parameter import AccountOption, checked_by
from database.owned_names import DOMAINS
from graphql_api.settings import Settings
from models.account_fields import domain_name

app = typer.Typer(help="Sending domains, by which a trusted client's log line finds its account.", no_args_is_help=True)


@app.command()
def add(
    domain: Annotated[
        str,
        typer.Argument(
            parser=checked_by(domain_name), metavar="DOMAIN", help="Such as northwind.example; kept in lower case."
        ),
    ],
    account: AccountOption,
) -> None:
    """Give a domain to an account; it counts for messages that arrive from now on."""
    new = on_database(Settings(), lambda connection: DOMAINS.add(connection, account, domain))
    typer.echo(f"{domain} belongs to {account}{'' if new else ' already'}.")


@app.command("list")
def show(account: AccountOption | None = None) -> None:
    """List domains and their accounts."""
    print_rows(("domain", "account"), on_database(Settings(), lambda connection: DOMAINS.listed(connection, account)))
