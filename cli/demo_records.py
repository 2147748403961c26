"""What the demo shows: a recorded log moved to the present, and made-up traffic beside it; each recorded once."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path

import asyncpg
import msgspec
import typer

from cli.demo_accounts import DEMO_ACCOUNTS, account_lines
from cli.demo_traffic.traffic import traffic
from cli.demo_traffic.working_hours import PERIOD
from cli.store import open_store
from database.account_sync import sync_accounts
from database.demo import forget_demo
from database.put_aside import count_put_aside
from database.source_progress import SourceProgress, find_progress, reading
from database.store import Store
from graphql_api.settings import Settings
from ingest.log_file import open_log
from ingest.pipeline import Pipeline
from ingest.postfix import PostfixParser
from ingest.postfix_reader import PostfixReader
from ingest.syslog import SyslogClock
from ingest.tally import Tally
from models.clock import Clock
from models.event import DeliveryEvent

# Recorded from a real Postfix relay; its clock ran in UTC (examples/README.md).
_LOG = Path(__file__).parent.parent / "examples" / "postfix" / "mail.log"
_RELAY = "relay1"
_YEAR = 2026
_LOG_SOURCE = "demo"
_TRAFFIC_SOURCE = "demo traffic"
# Older than this, half of the demo would soon be out of the default period.
_FRESH = timedelta(days=20)
_EVENTS_PER_BATCH = 5_000


async def prepare(connection: asyncpg.Connection, settings: Settings, clock: Clock) -> None:
    """Accounts and records, as far as they are not there yet."""
    await sync_accounts(connection, account_lines())
    store = await open_store(connection, settings)
    newest = _newest_event()
    async with reading(connection, _LOG_SOURCE):
        until = await _first_run(connection, newest, clock)
        await _record_log(connection, store, until - newest, clock)
        await _record_traffic(connection, store, until, clock)


async def _first_run(connection: asyncpg.Connection, newest: datetime, clock: Clock) -> datetime:
    """The instant up to which the demo's mail goes; this one when there is none yet, or none that is still good."""
    now = clock().replace(microsecond=0)
    progress = await find_progress(connection, _LOG_SOURCE)
    if progress is None:
        return now
    first_run = newest + timedelta(seconds=progress.shift_seconds)
    if not await _is_stale(connection, first_run, now):
        return first_run
    typer.echo(f"The demo is older than {_FRESH.days} days, or another release's, and is made anew.")
    accounts = [account.name for account in DEMO_ACCOUNTS]
    await forget_demo(connection, accounts=accounts, relay=_RELAY, sources=(_LOG_SOURCE, _TRAFFIC_SOURCE))
    return now


async def _is_stale(connection: asyncpg.Connection, first_run: datetime, now: datetime) -> bool:
    progress = await find_progress(connection, _TRAFFIC_SOURCE)
    is_others = progress is not None and progress.fingerprint != _fingerprint(_traffic(first_run))
    return is_others or now - first_run > _FRESH


async def _record_log(connection: asyncpg.Connection, store: Store, shift: timedelta, clock: Clock) -> None:
    pipeline = Pipeline(store, clock, shift=shift, source_name=_LOG_SOURCE)
    tally = Tally()
    await PostfixReader(pipeline, year=_YEAR, time_zone=UTC).read(str(_LOG), tally)
    tally.waiting, tally.unattributed = await count_put_aside(connection)
    typer.echo(f"{_LOG.name}, moved by {shift} so that its newest event is of the demo's first run:")
    typer.echo(f"  {tally.summary()}")


async def _record_traffic(connection: asyncpg.Connection, store: Store, until: datetime, clock: Clock) -> None:
    """Record what the runs before have left over."""
    events = _traffic(until)
    fingerprint = _fingerprint(events)
    progress = await find_progress(connection, _TRAFFIC_SOURCE)
    new_rows = 0
    for start in range(progress.position if progress is not None else 0, len(events), _EVENTS_PER_BATCH):
        batch = events[start : start + _EVENTS_PER_BATCH]
        position = SourceProgress(_TRAFFIC_SOURCE, fingerprint, start + len(batch))
        new_rows += (await store.record(batch, position, clock())).new_rows
    typer.echo(f"Made-up mail of the {PERIOD.days} days before: {new_rows:,} new rows.")


def _traffic(until: datetime) -> list[DeliveryEvent]:
    return [event for account in DEMO_ACCOUNTS for event in traffic(account, _RELAY, until)]


def _fingerprint(events: Sequence[DeliveryEvent]) -> str:
    return blake2b(msgspec.json.encode(events), digest_size=16).hexdigest()


def _newest_event() -> datetime:
    parser = PostfixParser(SyslogClock(_YEAR, UTC))
    with open_log(str(_LOG)) as log:
        return max(event.occurred_at for line in log for event in parser.parse(line))
