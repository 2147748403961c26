"""`smtp-activity schema`: the GraphQL schema and that of events, for tools and for the copies in this repository."""

import json
from typing import Annotated

import typer

from auth.permissions import Permission
from graphql_api.schema import print_sdl
from ingest.public_event import events_schema

app = typer.Typer(help="The GraphQL schema, and that of events.", no_args_is_help=True)


@app.command("print")
def print_(
    permission: Annotated[
        list[Permission] | None,
        typer.Option(help="Print only what callers with this permission, and no other, are shown; repeatable."),
    ] = None,
) -> None:
    """Print the schema in the schema definition language, with its directives."""
    typer.echo(print_sdl(frozenset(permission)) if permission else print_sdl(), nl=False)


@app.command()
def events() -> None:
    """Print the JSON Schema of a line for `ingest ndjson`."""
    typer.echo(json.dumps(events_schema(), indent=2, ensure_ascii=False))
