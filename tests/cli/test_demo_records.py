"""What `smtp-activity demo` records: once, whatever happens to its first run, and anew when it has grown old."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from hashlib import blake2b
from ipaddress import ip_network

import asyncpg
import pytest

from cli.demo_accounts import DEMO_ACCOUNTS
from cli.demo_records import prepare
from database.demo import forget_demo
from graphql_api.settings import Settings
from models.clock import Clock
from tests.conftest import NOW

SETTINGS = Settings(trusted_networks=(ip_network("127.0.0.1/32"),))
LOGGED_ROWS, MADE_UP_ROWS = 1_039, 15_000
TABLES = ("smtp_activity", "smtp_event", "relay_message", "parked_event", "unattributed_event", "ingest_source")
A_WEEK_LATER = NOW + timedelta(days=7)


@pytest.fixture
async def stopped_after_20_000_events(connection: asyncpg.Connection) -> AsyncIterator[None]:
    """A database that fails in the middle of the made-up mail, as if it were killed there."""
    await connection.execute(
        "alter table ingest_source add constraint stop check (name <> 'demo traffic' or position <= 20000)"
    )
    yield
    await connection.execute("alter table ingest_source drop constraint if exists stop")


async def digest(connection: asyncpg.Connection) -> str:
    """What all rows and all events together come to."""
    rows = await connection.fetch(
        "select a::text from smtp_activity a union all select e::text from smtp_event e order by 1"
    )
    return blake2b("\n".join(row[0] for row in rows).encode()).hexdigest()


async def forget(connection: asyncpg.Connection) -> None:
    accounts = [account.name for account in DEMO_ACCOUNTS]
    await forget_demo(connection, accounts=accounts, relay="relay1", sources=("demo", "demo traffic"))


async def count(connection: asyncpg.Connection) -> int:
    number: int = await connection.fetchval("select count(*) from smtp_activity")
    return number


async def newest(connection: asyncpg.Connection) -> datetime:
    instant: datetime = await connection.fetchval("select max(occurred_at) from smtp_event")
    return instant


async def test_a_second_run_adds_nothing(
    connection: asyncpg.Connection, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    await prepare(connection, SETTINGS, clock)
    first = await digest(connection)
    assert await count(connection) == pytest.approx(LOGGED_ROWS + MADE_UP_ROWS, abs=200)
    assert await newest(connection) == NOW
    capsys.readouterr()
    await prepare(connection, SETTINGS, lambda: A_WEEK_LATER)
    printed = capsys.readouterr().out
    assert "0 new rows, 0 changed rows" in printed
    assert "30 days before: 0 new rows." in printed
    assert await digest(connection) == first


@pytest.mark.usefixtures("stopped_after_20_000_events")
async def test_a_run_that_was_stopped_in_the_middle_is_taken_up_there(
    connection: asyncpg.Connection, clock: Clock
) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await prepare(connection, SETTINGS, clock)
    assert LOGGED_ROWS < await count(connection) < MADE_UP_ROWS
    await connection.execute("alter table ingest_source drop constraint stop")
    await prepare(connection, SETTINGS, lambda: A_WEEK_LATER)
    taken_up = await digest(connection)
    await forget(connection)
    assert [await connection.fetchval(f"select count(*) from {table}") for table in TABLES] == [0] * len(TABLES)  # noqa: S608  # Ours.
    await prepare(connection, SETTINGS, clock)
    assert await digest(connection) == taken_up


@pytest.mark.parametrize(
    ("age", "fingerprint"), [(timedelta(days=21), None), (timedelta(), "another")], ids=["too old", "another release's"]
)
async def test_a_demo_that_is_no_longer_good_is_made_anew(
    connection: asyncpg.Connection, clock: Clock, age: timedelta, fingerprint: str | None
) -> None:
    await prepare(connection, SETTINGS, clock)
    before = await count(connection)
    await connection.execute("update ingest_source set fingerprint = coalesce($1, fingerprint)", fingerprint)
    await prepare(connection, SETTINGS, lambda: NOW + age)
    assert await newest(connection) == NOW + age
    assert await count(connection) == before
