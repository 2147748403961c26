"""`smtp-activity token`: bearer tokens, signed with the installation's own key."""

import re
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

import typer

from auth.errors import AuthError
from auth.keys import signing_key
from auth.permissions import GRANTABLE, Permission, Role, granted_by
from auth.tokens import issue_token
from cli.listing import print_rows
from cli.on_database import on_database
from cli.parameter import AccountOption, checked_by
from database.access_tokens import IssuedToken, list_holding_tokens, revoke_anyones_token
from database.accounts import get_account
from database.revocations import revoke_subject
from graphql_api.scalars import parse_instant
from graphql_api.settings import Settings
from models.account_fields import plain_text
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
    role: Annotated[Role, typer.Option(case_sensitive=False, help="What kind of user asks with it.")],
    account: AccountOption | None = None,
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
    if account is None and (role, permission) != (Role.CUSTOM, [Permission.RECORD_SMTP_EVENTS]):
        raise typer.BadParameter(
            "Only an operator's token, for --role custom with --permission smtp_events:record alone, has no account.",
            param_hint="--account",
        )
    settings = Settings()
    if account is not None:
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


@app.command("list")
def show() -> None:
    """List the access tokens that hold: those of accessTokenIssue, neither expired nor revoked."""
    columns = ("id", "account", "name", "permissions", "created", "expires", "last used")
    now = utc_now()
    tokens = on_database(Settings(), lambda connection: list_holding_tokens(connection, now))
    print_rows(columns, (_row(account, token) for account, token in tokens))


@app.command()
def revoke(
    token_id: Annotated[
        UUID | None, typer.Argument(metavar="[ID]", help="An access token's id, as `token list` shows it (its “jti”).")
    ] = None,
    subject: Annotated[
        str | None,
        typer.Option(
            parser=checked_by(plain_text), metavar="TEXT", help="Whose tokens: the subject, as “sub” names it."
        ),
    ] = None,
    issued_before: Annotated[
        datetime | None,
        typer.Option(
            parser=checked_by(parse_instant),
            metavar="TIME",
            help="With --subject: only those issued before (their “iat”; none counts as older). Not given: all so far.",
        ),
    ] = None,
) -> None:
    """End an access token, or a subject's tokens whoever issued them, in every worker at once."""
    settings, now = Settings(), utc_now()
    if (token_id is None) == (subject is None) or (subject is None and issued_before is not None):
        raise typer.BadParameter("Give the ID of an access token, or --subject, with --issued-before or without.")
    before = issued_before or now
    if before > now:
        raise typer.BadParameter(
            "That lies ahead, and would end tokens yet to be issued.", param_hint="--issued-before"
        )
    if token_id is not None:
        on_database(settings, lambda connection: revoke_anyones_token(connection, token_id, now))
        typer.echo(f"Access token {token_id} was revoked.")
    if subject is not None:
        issuer = settings.token_issuer
        on_database(
            settings,
            lambda connection: revoke_subject(connection, issuer=issuer, subject=subject, issued_before=before),
        )
        typer.echo(f"The tokens of {subject} that were issued before {before.isoformat()} were revoked.")


def _row(account: str, token: IssuedToken) -> tuple[str, ...]:
    permissions = ", ".join(permission.label for permission in token.permissions)
    times = (token.created_at, token.expires_at, token.last_used_at)
    return str(token.id), account, token.name, permissions, *(time.isoformat() if time else "never" for time in times)
