"""The command `smtp-activity`: puts one module per command together, and does nothing itself."""

import typer
from pydantic import ValidationError
from pydantic_settings import SettingsError

from cli import account, credential, documents, domain, ingest, schema, token, unattributed
from cli.demo import demo
from cli.erase import erase
from cli.maintain import maintain
from cli.migrate import migrate
from cli.reclassify import reclassify
from cli.serve import serve

app = typer.Typer(
    name="smtp-activity",
    help="Was it delivered, and if not, why? Delivery history of an SMTP relay as a GraphQL API.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

app.command()(demo)
app.command()(erase)
app.command()(maintain)
app.command()(migrate)
app.command()(reclassify)
app.command()(serve)
app.add_typer(ingest.app, name="ingest")
app.add_typer(unattributed.app, name="unattributed")
app.add_typer(account.app, name="account")
app.add_typer(credential.app, name="credential")
app.add_typer(domain.app, name="domain")
app.add_typer(token.app, name="token")
app.add_typer(schema.app, name="schema")
app.add_typer(documents.app, name="documents")


def main() -> None:
    """Run the command that the arguments name; a setting that cannot be used ends it with one line."""
    try:
        app()
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        raise SystemExit(f"SMTP_ACTIVITY_{str(problem['loc'][0]).upper()}: {problem['msg']}.") from error
    except SettingsError as error:
        raise SystemExit(f"Lists and maps are written as JSON: {error}.") from error
