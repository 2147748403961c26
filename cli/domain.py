"""`smtp-activity domain`: sending domains, by which a trusted client's log line finds its account."""

from typing import Annotated

import typer

from cli.listing import print_rows
from cli.on_database import on_database
from database.owned_names import DOMAINS
from graphql_api.settings import Settings
from models.account_fields import domain_name

app = typer.Typer(help="Sending domains, by which a trusted client's log line finds its account.", no_args_is_help=True)


@app.command()
def add(
    domain: Annotated[str, typer.Argument(help="Such as northwind.example; kept in lower case.")],
    account: Annotated[str, typer.Option(help="The account's external id.")],
) -> None:
    """Give a domain to an account; it counts for messages that arrive from now on."""
    try:
        name = domain_name(domain)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="DOMAIN") from error
    new = on_database(Settings(), lambda connection: DOMAINS.add(connection, account, name))
    typer.echo(f"{name} belongs to {account}{'' if new else ' already'}.")


@app.command("list")
def show(account: Annotated[str | None, typer.Option(help="Only this account's.")] = None) -> None:
    """List domains and their accounts."""
    print_rows(("domain", "account"), on_database(Settings(), lambda connection: DOMAINS.listed(connection, account)))
