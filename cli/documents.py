"""`smtp-activity documents`: whether trusted documents can be executed, before a service refuses to start with them."""

from pathlib import Path
from typing import Annotated

import typer

from graphql_api.documents import Documents
from graphql_api.manifest import UnusableManifest
from graphql_api.schema import build_schema
from graphql_api.settings import Settings
from graphql_api.trust import Mode, TrustedDocumentsSettings
from graphql_api.trusted_documents import TrustedDocuments

app = typer.Typer(help="Trusted documents.", no_args_is_help=True)


@app.command()
def check(file: Annotated[Path, typer.Argument(help="A manifest of Relay's or Apollo's.")]) -> None:
    """Check every document of a manifest against the schema and the limits."""
    trusted = TrustedDocumentsSettings(manifest=file, mode=Mode.REQUIRE)
    number = check_trusted(Settings().model_copy(update={"trusted_documents": trusted}))
    typer.echo(f"{number} documents can be executed.")


def check_trusted(settings: Settings) -> int:
    """How many trusted documents there are; one that cannot be executed ends the command with one line."""
    try:
        trust = settings.load_trust()
        if trust.texts:
            TrustedDocuments(Documents(build_schema(), settings.limits), trust)
    except UnusableManifest as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    return len(trust.texts)
