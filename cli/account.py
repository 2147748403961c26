"""`smtp-activity account`: the relay's customers."""

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import asyncpg
import typer

from auth.viewer import ViewerAccount
from cli.listing import print_rows
from cli.on_database import on_database
from cli.parameter import checked_by
from database.account_sync import SyncSummary, sync_accounts
from database.accounts import AccountChanges, ListedAccount, create_account, get_account, list_accounts, update_account
from database.owned_names import Replaced
from graphql_api.settings import Settings
from models.account_fields import FOREVER, plain_text, plan_end
from models.account_fields import retention_days as retention_days_of
from models.time_zone import time_zone as zone_of_name

app = typer.Typer(help="The relay's customers.", no_args_is_help=True)

ExternalId = Annotated[
    str, typer.Argument(parser=checked_by(plain_text), metavar="EXTERNAL_ID", help="What tokens call the account.")
]
Name = Annotated[str, typer.Option(parser=checked_by(plain_text), metavar="TEXT", help="What people call it.")]
TimeZone = Annotated[
    ZoneInfo, typer.Option(parser=checked_by(zone_of_name), metavar="ZONE", help="IANA name, such as America/Toronto.")
]
PlanUntil = Annotated[
    str,
    typer.Option(
        metavar="TIME",
        help="When the SMTP plan ends: a day (as it begins in the account's time zone), a time with its UTC offset,"
        " “forever”, or “none”: there is no plan.",
    ),
]
RetentionDays = Annotated[
    str,
    typer.Option(metavar="DAYS", help="How long its messages are kept, when shorter than for all; “none”: as for all."),
]


@app.command()
def create(external_id: ExternalId, name: Name, time_zone: TimeZone, plan_until: PlanUntil = "none") -> None:
    """Make an account."""
    plan = _plan_until(plan_until, time_zone)
    on_database(
        Settings(),
        lambda connection: create_account(
            connection,
            external_id=external_id,
            name=name,
            time_zone=time_zone.key,
            smtp_plan_active_until=plan,
        ),
    )
    typer.echo(f"Account {external_id} was created.")


@app.command()
def update(
    external_id: ExternalId,
    name: Name | None = None,
    time_zone: TimeZone | None = None,
    plan_until: PlanUntil | None = None,
    retention_days: RetentionDays | None = None,
) -> None:
    """Change what is given; the rest stays."""
    changes = AccountChanges()
    if retention_days is not None:
        changes["retention_days"] = _retention_days(retention_days)
    if name is not None:
        changes["name"] = name
    if time_zone is not None:
        changes["time_zone"] = time_zone.key

    async def action(connection: asyncpg.Connection) -> None:
        account = await get_account(connection, external_id)
        if plan_until is not None:
            changes["smtp_plan_active_until"] = _plan_until(plan_until, time_zone or account.time_zone)
        await update_account(connection, external_id, changes)

    if not changes and plan_until is None:
        raise typer.BadParameter("Nothing to change: give --name, --time-zone, --plan-until or --retention-days.")
    on_database(Settings(), action)
    typer.echo(f"Account {external_id} was updated.")


@app.command("list")
def show() -> None:
    """List all accounts."""
    columns = ("external id", "name", "time zone", "SMTP plan until", "user names", "domains")
    print_rows(columns, map(_row, on_database(Settings(), list_accounts)))


@app.command()
def sync(
    file: Annotated[typer.FileBinaryRead, typer.Argument(metavar="FILE", help="JSON lines; - reads standard input.")],
) -> None:
    """Make accounts equal to a file of JSON lines: all of it, or nothing when a line is wrong.

    One account a line (it is shown here on several):

    {"externalId": "northwind", "name": "Northwind",
    "timeZone": "America/Toronto",
    "planActiveUntil": "2027-01-01T00:00:00-05:00",
    "credentials": ["northwind@relay1.example.net"],
    "domains": ["northwind.example"]}

    The plan ends at a time with its UTC offset or "forever"; null: there is no plan.
    The SMTP user names (credentials) and sending domains become exactly those
    of the line; a line without one of these fields leaves it as it is.
    Accounts without a line stay. The same file again changes nothing.
    """
    typer.echo(_summary(on_database(Settings(), lambda connection: sync_accounts(connection, file))))


def _plan_until(value: str, zone: ZoneInfo) -> datetime | None:
    if value == "none":
        return None
    try:
        return plan_end(value, day_in=zone)
    except ValueError as error:
        raise typer.BadParameter(f"{error}.", param_hint="--plan-until") from error


def _retention_days(value: str) -> int | None:
    try:
        return retention_days_of(value)
    except ValueError as error:
        raise typer.BadParameter(f"{error}.", param_hint="--retention-days") from error


def _row(listed: ListedAccount) -> tuple[str, ...]:
    account = listed.account
    counts = (str(listed.credential_count), str(listed.domain_count))
    return account.external_id, account.name, account.time_zone.key, _plan_text(account), *counts


def _plan_text(account: ViewerAccount) -> str:
    end = account.smtp_plan_active_until
    if end is None:
        return "none"
    return "forever" if end == FOREVER else end.astimezone(account.time_zone).isoformat()


def _summary(done: SyncSummary) -> str:
    def names(replaced: Replaced) -> str:
        return f"{replaced.added} added, {replaced.removed} removed"

    return (
        f"Accounts: {done.created} created, {done.changed} changed, {done.unchanged} unchanged."
        f" User names: {names(done.credentials)}. Domains: {names(done.domains)}."
    )
