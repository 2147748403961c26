"""`smtp-activity schema`: the GraphQL schema, for clients' tools and for the copy in this repository."""

import typer

from graphql_api.schema import print_sdl

app = typer.Typer(help="The GraphQL schema.", no_args_is_help=True)


@app.command("print")
def print_() -> None:
    """Print the schema in the schema definition language, with its directives."""
    typer.echo(print_sdl(), nl=False)
