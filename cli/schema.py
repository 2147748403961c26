"""`smtp-activity schema`: the GraphQL schema, for clients' tools and for the copy in this repository."""

from typing import Annotated

import typer

from auth.permissions import Permission
from graphql_api.schema import print_sdl

app = typer.Typer(help="The GraphQL schema.", no_args_is_help=True)


@app.command("print")
def print_(
    permission: Annotated[
        list[Permission] | None,
        typer.Option(help="Print only what callers with this permission, and no other, are shown; repeatable."),
    ] = None,
) -> None:
    """Print the schema in the schema definition language, with its directives."""
    typer.echo(print_sdl(frozenset(permission)) if permission else print_sdl(), nl=False)
