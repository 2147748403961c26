"""`smtp-activity token`: bearer tokens, signed with the installation's own key."""

import re
from datetime import timedelta
from typing import Annotated

import typer

from auth.errors import AuthError
from auth.keys import signing_key
from auth.permissions import GRANTABLE, Permission, Role, granted_by
from auth.tokens import issue_token
from cli.on_database import on_database
from cli.parameter import AccountOption
from database.accounts import get_account
from graphql_api.settings import Settings
from models.clock import utc_now

app = typer.Typer(help="Bearer tokens.", no_args_is_help=True)

_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_LONGEST = timedelta(days=366)


def _lifetime(text: str) -> timedelta:
    match = re.fullmatch(r"([0-9]{1,6})([mhd])", text)
    lifetime = int(match[1]) * _UNITS[match[2]] if match else timedelta()
    if not timedelta() < lifetime <= _LONGEST:
        raise typer.BadParameter(f"“{text}” is no lifetime, such as 15m, 1h or 30d, of at most {_LONGEST.days} days.")
    return lifetime


def _permission(claim: str) -> Permission:
    try:
        (permission,) = granted_by([claim])
    except AuthError as error:
        raise typer.BadParameter(str(error)) from error
    return permission


@app.command()
def issue(
    account: AccountOption,
    role: Annotated[Role, typer.Option(case_sensitive=False, help="What kind of user asks with it.")],
    permission: Annotated[
        list[Permission] | None,
        typer.Option(parser=_permission, metavar="|".join(GRANTABLE), help="Grant it to a custom user; repeatable."),
    ] = None,
    lifetime: Annotated[
        timedelta, typer.Option(parser=_lifetime, metavar="15m|1h|30d", help="From now on; 366d at most.")
    ] = "1h",  # type: ignore[assignment]  # the parser makes it a timedelta
    subject: Annotated[str, typer.Option(help="Who asks with it: the viewer's id follows from it.")] = "operator",
    actor: Annotated[
        str | None, typer.Option(help="The staff member who acts for the account: short-lived, and manages no tokens.")
    ] = None,
) -> None:
    """Print a token, and nothing else, on standard output."""
    if permission and role is not Role.CUSTOM:
        raise typer.BadParameter(
            f"The role {role.lower()} holds its permissions by itself: --permission is for --role custom.",
            param_hint="--permission",
        )
    settings = Settings()
    on_database(settings, lambda connection: get_account(connection, account))
    try:
        token = issue_token(
            signing_key(settings.load_token_keys()),
            settings.token_dialect,
            subject=subject,
            account=account,
            role=role,
            permissions=frozenset(permission or ()),
            now=utc_now(),
            lifetime=lifetime,
            actor=actor,
        )
    except AuthError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    typer.echo(token)
