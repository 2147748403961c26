"""The command `smtp-activity erase`."""

from typing import Annotated

import asyncpg
import typer

from cli.on_database import on_database
from cli.own_rules import own_rules
from cli.parameter import checked_by
from database.accounts import get_account
from database.classifier_version import classifier_with
from database.erasing import ErasedRows, Eraser
from graphql_api.settings import Settings
from models.account_fields import mail_address, plain_text
from models.clock import utc_now


def erase(
    account: Annotated[
        str | None,
        typer.Option(parser=checked_by(plain_text), metavar="EXTERNAL_ID", help="Whose messages."),
    ] = None,
    recipient: Annotated[
        str | None,
        typer.Option(parser=checked_by(mail_address), metavar="ADDRESS", help="Without regard to case and accents."),
    ] = None,
    pseudonymise: Annotated[
        bool, typer.Option("--pseudonymise", help="Keep its rows under a pseudonym instead of removing them.")
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Erase once more all that was ever erased: after a backup was restored.")
    ] = False,
) -> None:
    """Erase an address from an account's messages so far, everywhere it stands. Safe to stop and to repeat.

    A log that is read again does not bring it back; mail that arrives later is recorded as ever.
    """
    if again == (account is not None) or again == (recipient is not None) or (again and pseudonymise):
        raise typer.BadParameter("Give --account and --recipient, or --again alone.")
    settings = Settings()

    async def action(connection: asyncpg.Connection) -> ErasedRows:
        eraser = await Eraser.open(connection, await classifier_with(connection, own_rules(settings)))
        if account is None or recipient is None:
            return await eraser.erase_again(utc_now())
        found = await get_account(connection, account)
        return await eraser.erase(found.id, recipient, pseudonymise=pseudonymise, now=utc_now())

    _print(on_database(settings, action))


def _print(done: ErasedRows) -> None:
    typer.echo(f"smtp_activity: {done.activities_removed} removed, {done.activities_changed} changed")
    typer.echo(f"smtp_event: {done.events_removed} removed, {done.events_changed} changed")
    typer.echo(f"relay_message: {done.messages} changed")
    typer.echo(f"parked_event: {done.waiting} changed")
    typer.echo(f"unattributed_event: {done.unattributed} changed")
