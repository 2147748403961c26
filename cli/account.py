"""`smtp-activity account`: the relay's customers."""

from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from typing import Annotated, TypeVar
from zoneinfo import ZoneInfo

import asyncpg
import typer

from cli.listing import print_rows
from cli.on_database import on_database
from database.account_sync import SyncSummary, sync_accounts
from database.accounts import (
    AccountChanges,
    ListedAccount,
    create_account,
    get_account,
    list_accounts,
    update_account,
)
from database.owned_names import Replaced
from graphql_api.settings import Settings
from models.account_fields import FOREVER, in_utc, plain_text, plan_end
from models.time_zone import time_zone

T = TypeVar("T")

app = typer.Typer(help="The relay's customers.", no_args_is_help=True)

ExternalId = Annotated[str, typer.Argument(help="What tokens call the account.")]
Name = Annotated[str, typer.Option(help="What people call it.")]
TimeZone = Annotated[str, typer.Option(help="IANA name, such as America/Toronto.")]
PlanUntil = Annotated[
    str,
    typer.Option(
        help="When the SMTP plan ends: “forever”, “none” (no plan), a day (at whose start in the account's time zone"
        " it ends), or a time with its offset."
    ),
]


@app.command()
def create(external_id: ExternalId, name: Name, time_zone: TimeZone, plan_until: PlanUntil = "none") -> None:
    """Make an account."""
    zone = _zone(time_zone)
    action = partial(
        create_account,
        external_id=_checked(plain_text, external_id, "EXTERNAL_ID"),
        name=_checked(plain_text, name, "--name"),
        time_zone=zone.key,
        smtp_plan_active_until=_plan_until(plan_until, zone),
    )
    on_database(Settings(), action)
    typer.echo(f"Account {external_id} was created.")


@app.command()
def update(
    external_id: ExternalId,
    name: Name | None = None,
    time_zone: TimeZone | None = None,
    plan_until: PlanUntil | None = None,
) -> None:
    """Change what is given; the rest stays."""
    if name is None and time_zone is None and plan_until is None:
        raise typer.BadParameter("Nothing to change: give --name, --time-zone or --plan-until.")
    changes = AccountChanges()
    if name is not None:
        changes["name"] = _checked(plain_text, name, "--name")
    zone = None if time_zone is None else _zone(time_zone)
    if zone is not None:
        changes["time_zone"] = zone.key

    async def action(connection: asyncpg.Connection) -> None:
        if plan_until is not None:
            whose = zone or (await get_account(connection, external_id)).time_zone
            changes["smtp_plan_active_until"] = _plan_until(plan_until, whose)
        await update_account(connection, external_id, changes)

    on_database(Settings(), action)
    typer.echo(f"Account {external_id} was updated.")


@app.command("list")
def show() -> None:
    """List all accounts."""
    listed = on_database(Settings(), list_accounts)
    columns = ("external id", "name", "time zone", "SMTP plan until", "user names", "domains")
    print_rows(columns, (_row(account) for account in listed))


@app.command()
def sync(
    file: Annotated[typer.FileBinaryRead, typer.Argument(help="JSON lines; - reads standard input.")],
) -> None:
    """Make accounts equal to a file of JSON lines: all of it, or nothing when a line is wrong.

    One account a line: {"externalId": "northwind", "name": "Northwind", "timeZone": "America/Toronto",
    "planActiveUntil": "2027-01-01T00:00:00-05:00", "credentials": ["northwind@relay1.example.net"], "domains":
    ["northwind.example"]}

    planActiveUntil is a time with its offset, "forever", or null for no plan. The account's SMTP user names
    (credentials) and sending domains become exactly those of the line; where it has none of the two fields, they stay.
    Accounts without a line stay as they are. The same file again changes nothing.
    """
    typer.echo(_summary(on_database(Settings(), lambda connection: sync_accounts(connection, file))))


def _checked(rule: Callable[[str], T], value: str, where: str) -> T:
    try:
        return rule(value)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=where) from error


def _zone(name: str) -> ZoneInfo:
    return _checked(time_zone, name, "--time-zone")


def _plan_until(value: str, zone: ZoneInfo) -> datetime | None:
    def end(text: str) -> datetime:
        try:
            day = date.fromisoformat(text)
        except ValueError:
            return plan_end(text)
        return in_utc(datetime(day.year, day.month, day.day, tzinfo=zone))

    return None if value == "none" else _checked(end, value, "--plan-until")


def _row(listed: ListedAccount) -> tuple[str, ...]:
    account, plan = listed.account, listed.account.smtp_plan_active_until
    if plan is None:
        until = "none"
    else:
        until = "forever" if plan == FOREVER else plan.astimezone(account.time_zone).isoformat()
    counts = (str(listed.credential_count), str(listed.domain_count))
    return account.external_id, account.name, account.time_zone.key, until, *counts


def _summary(done: SyncSummary) -> str:
    def names(replaced: Replaced) -> str:
        return f"{replaced.added} added, {replaced.removed} removed"

    return (
        f"Accounts: {done.created} created, {done.changed} changed, {done.unchanged} unchanged."
        f" User names: {names(done.credentials)}. Domains: {names(done.domains)}."
    )
