"""The command `smtp-activity demo`: three accounts, a recorded log moved to the present, and the service on top."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, NamedTuple

import asyncpg
import typer

from auth.keys import signing_key
from auth.permissions import Permission, Role
from auth.tokens import issue_token
from cli.database import database_url
from cli.migrate import migrate
from cli.on_database import on_database
from cli.own_rules import own_rules
from cli.serve import serve_with
from cli.store import open_store
from database.account_sync import sync_accounts
from database.demo import forget_demo
from database.put_aside import count_put_aside
from database.source_progress import SourceProgress, find_progress, reading
from graphql_api.settings import Settings
from ingest.log_file import open_log
from ingest.pipeline import Pipeline
from ingest.postfix import PostfixParser
from ingest.postfix_reader import PostfixReader
from ingest.syslog import SyslogClock
from ingest.tally import Tally
from models.clock import utc_now

# Recorded from a real Postfix relay; its clock ran in UTC (examples/README.md).
_LOG = Path(__file__).parent.parent / "examples" / "postfix" / "mail.log"
_RELAY = "relay1"
_YEAR = 2026
_SOURCE = "demo"
# Older than this, half of the demo would soon be out of the default period.
_FRESH = timedelta(days=20)
_TOKENS_LAST = timedelta(days=1)
_QUERY = "{ smtpActivities(first: 5) { nodes { sentAt status recipient subject sender reason { message } } } }"


class _Account(NamedTuple):
    name: str
    time_zone: str
    plan: str | None


class _Caller(NamedTuple):
    who: str
    account: str
    role: Role
    permissions: frozenset[Permission] = frozenset()


_ACCOUNTS = (
    _Account("northwind", "America/Toronto", "forever"),
    _Account("acme", "Europe/Paris", "forever"),
    _Account("globex", "Asia/Kolkata", None),
)
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
    """Try it: the embedded PostgreSQL, three accounts, a real log, and the service. A second run adds nothing."""
    settings = _settings(port)
    own_rules(settings)  # a bad file is told before anything is begun
    with database_url(settings):  # one start of the embedded server for all that follows
        migrate()
        on_database(settings, lambda connection: _prepare(connection, settings))
        typer.echo(_welcome(settings, port))
        serve_with(settings, host="127.0.0.1", port=port, workers=1)


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
            "trusted_networks": (ip_network("127.0.0.1/32"),),
            "cors_origins": settings.cors_origins or origins,
        }
    )


async def _prepare(connection: asyncpg.Connection, settings: Settings) -> None:
    """Accounts and records, as far as they are not there yet."""
    await sync_accounts(connection, _account_lines())
    now = utc_now()
    newest = _newest_event()
    progress = await find_progress(connection, _SOURCE)
    if progress is not None and now - (newest + _shift_of(progress)) > _FRESH:
        typer.echo(f"The demo is older than {_FRESH.days} days and is made anew.")
        await forget_demo(connection, accounts=[account.name for account in _ACCOUNTS], relay=_RELAY, source=_SOURCE)
        progress = None
    shift = _shift_of(progress) if progress is not None else now.replace(microsecond=0) - newest
    tally = await _ingest(connection, settings, shift)
    typer.echo(f"{_LOG.name}, moved by {shift} so that its newest event is of the demo's first run:")
    typer.echo(f"  {tally.summary()}")


async def _ingest(connection: asyncpg.Connection, settings: Settings, shift: timedelta) -> Tally:
    pipeline = Pipeline(await open_store(connection, settings), utc_now, shift=shift, source_name=_SOURCE)
    tally = Tally()
    async with reading(connection, _SOURCE):
        await PostfixReader(pipeline, year=_YEAR, time_zone=UTC).read(str(_LOG), tally)
    tally.waiting, tally.unattributed = await count_put_aside(connection)
    return tally


def _newest_event() -> datetime:
    parser = PostfixParser(SyslogClock(_YEAR, UTC))
    with open_log(str(_LOG)) as log:
        return max(event.occurred_at for line in log for event in parser.parse(line))


def _shift_of(progress: SourceProgress) -> timedelta:
    return timedelta(seconds=progress.shift_seconds)


def _account_lines() -> Iterator[bytes]:
    for account in _ACCOUNTS:
        line = {
            "externalId": account.name,
            "name": account.name.capitalize(),
            "timeZone": account.time_zone,
            "planActiveUntil": account.plan,
            "credentials": [f"{account.name}@relay1.example.net"],
            "domains": [f"{account.name}.example"],
        }
        yield json.dumps(line).encode()


def _welcome(settings: Settings, port: int) -> str:
    address = f"http://127.0.0.1:{port}/graphql"
    tokens = {caller.who: _token(settings, caller) for caller in _CALLERS}
    listed = "\n\n".join(f"{who}:\n{token}" for who, token in tokens.items())
    body = json.dumps({"query": _QUERY})
    return (
        f"\nTokens, for a day:\n\n{listed}\n\nGraphQL is at {address}. Try:\n\n"
        f"curl -s {address} -H 'Content-Type: application/json' "
        f"-H 'Authorization: Bearer {next(iter(tokens.values()))}' -d '{body}'\n"
    )


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
