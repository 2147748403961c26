"""The command `smtp-activity demo`: accounts with records, a token for each kind of caller, and the service on top."""

import json
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from ipaddress import ip_network
from typing import Annotated, NamedTuple

import typer

from auth.keys import signing_key
from auth.permissions import Permission, Role
from auth.tokens import issue_token
from cli.database import database_url
from cli.demo_records import prepare
from cli.migrate import migrate
from cli.on_database import on_database
from cli.own_rules import own_rules
from cli.serve import serve_with
from graphql_api.settings import Settings
from models.clock import utc_now

_TOKENS_LAST = timedelta(days=1)
_QUERY = "{ smtpActivities(first: 5) { nodes { sentAt status recipient subject sender reason { message } } } }"


class _Caller(NamedTuple):
    who: str
    account: str
    role: Role
    permissions: frozenset[Permission] = frozenset()


_CALLERS = (
    _Caller("northwind, administrator", "northwind", Role.ADMINISTRATOR),
    _Caller("northwind, regular user", "northwind", Role.REGULAR),
    _Caller(
        "northwind, custom user with Access SMTP activities",
        "northwind",
        Role.CUSTOM,
        frozenset({Permission.ACCESS_SMTP_ACTIVITIES}),
    ),
    _Caller("northwind, custom user without it (FORBIDDEN)", "northwind", Role.CUSTOM),
    _Caller("acme, regular user", "acme", Role.REGULAR),
    _Caller("globex, regular user, no active plan (SMTP_PLAN_REQUIRED)", "globex", Role.REGULAR),
)


def demo(
    port: Annotated[int, typer.Option(envvar="PORT", min=0, max=65_535, help="Where to listen.")] = 8000,
) -> None:
    """Try it: the embedded PostgreSQL, three accounts with mail, and the service. A second run adds nothing."""
    settings = _settings(port)
    own_rules(settings)  # a bad file is told before anything is begun
    with database_url(settings):  # one start of the embedded server for all that follows
        migrate()
        on_database(settings, lambda connection: prepare(connection, settings, utc_now))
        tokens = partial(_tokens, settings)
        typer.echo(_welcome(tokens(), port))
        serve_with(settings, host="127.0.0.1", port=port, workers=1, demo_tokens=tokens)


def _settings(port: int) -> Settings:
    settings = Settings()
    if settings.database_url is not None:
        typer.echo(
            "The demo runs on the embedded PostgreSQL only: unset DATABASE_URL. For a database of your own: migrate, "
            "account create, ingest postfix, serve.",
            err=True,
        )
        raise typer.Exit(1)
    origins = tuple(f"http://{host}:{port}" for host in ("localhost", "127.0.0.1"))
    return settings.model_copy(
        update={
            # Whatever keys are configured are not for tokens that anybody at this machine is given.
            "token_keys": None,
            "token_keys_file": None,
            "token_jwks_url": None,
            "trusted_networks": (ip_network("127.0.0.1/32"),),
            "cors_origins": settings.cors_origins or origins,
        }
    )


def _welcome(tokens: Mapping[str, str], port: int) -> str:
    pages = f"http://127.0.0.1:{port}/"
    address = f"{pages}graphql"
    listed = "\n\n".join(f"{who}:\n{token}" for who, token in tokens.items())
    body = json.dumps({"query": _QUERY})
    return (
        f"\nTokens, for a day:\n\n{listed}\n\nGraphQL is at {address}. Try:\n\n"
        f"curl -s {address} -H 'Content-Type: application/json' "
        f"-H 'Authorization: Bearer {next(iter(tokens.values()))}' -d '{body}'\n\n"
        f"The pages let you choose one of these callers:\n\nActivity  {pages}\nGraphiQL  {pages}graphiql\n"
    )


def _tokens(settings: Settings) -> Mapping[str, str]:
    """New ones each time, by the callers' names: a demo may run for longer than a token lasts."""
    return {caller.who: _token(settings, caller) for caller in _CALLERS}


def _token(settings: Settings, caller: _Caller) -> str:
    return issue_token(
        signing_key(settings.load_token_keys()),
        settings.token_dialect,
        subject=f"demo-{caller.account}-{caller.role.lower()}",
        account=caller.account,
        role=caller.role,
        permissions=caller.permissions,
        now=utc_now(),
        lifetime=_TOKENS_LAST,
    )
