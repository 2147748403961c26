"""Erasing an address: it stands nowhere any more, everything else stays, and no log brings it back."""

import random
from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import asyncpg
import pytest

from database.erasing import ErasedRows, Eraser
from database.store import Store
from ingest.pipeline import Pipeline
from ingest.postfix_reader import PostfixReader
from ingest.tally import Tally
from models.attribution import AttributionRules
from models.classifier import BUILT_IN

NOW = datetime(2026, 11, 23, 19, 0, tzinfo=UTC)
LOG = Path(__file__).parents[2] / "examples/postfix/mail.log"
RULES = AttributionRules(trusted_networks=(ip_network("127.0.0.1/32"),))
ACCOUNTS = ("northwind", "acme", "globex")
ALIASES = ("help@alias.test", "one@ok.test", "two@hard.test")
_SHELF_KEY = ("relay", "instance", "reference", "digest")
KEYS = {
    "smtp_activity": ("account_id", "id"),
    "smtp_event": ("account_id", "activity_id", "occurred_at", "status", "answer_hash"),
    "relay_message": ("relay", "instance", "queue_id", "arrived_at"),
    "parked_event": _SHELF_KEY,
    "unattributed_event": _SHELF_KEY,
}
NOTED_AT = ("updated_at", "recorded_at", "parked_at")

# Every table and, of the partitioned ones, every month.
_TABLES = """
select relname from pg_class where relnamespace = current_schema()::regnamespace and relkind = 'r' order by 1
"""


@pytest.fixture
async def store(connection: asyncpg.Connection) -> Store:
    await connection.executemany(
        "insert into account (external_id, name, time_zone) values ($1, $1, 'UTC')", [(name,) for name in ACCOUNTS]
    )
    for number, name in enumerate(ACCOUNTS, start=1):
        await connection.execute("insert into smtp_credential values ($1, $2)", f"{name}@relay1.example.net", number)
        await connection.execute("insert into sending_domain values ($1, $2)", f"{name}.example", number)
    return await Store.open(connection, rules=RULES, retention=timedelta(days=400))


async def read(store: Store, *, lines_per_batch: int = 5_000) -> Tally:
    tally = Tally()
    await PostfixReader(Pipeline(store, lambda: NOW, lines_per_batch), year=2026, time_zone=UTC).read(str(LOG), tally)
    return tally


async def read_again(store: Store, connection: asyncpg.Connection, *, lines_per_batch: int = 5_000) -> Tally:
    """As if the log had never been read."""
    await connection.execute("truncate ingest_source")
    return await read(store, lines_per_batch=lines_per_batch)


async def tables_that_name(connection: asyncpg.Connection, addresses: Iterable[str]) -> list[str]:
    """Tables in whose text or bytes one of these addresses stands, in any case."""
    patterns = [f"%{text.lower()}%" for address in addresses for text in (address, address.encode().hex())]
    tables = [record[0] for record in await connection.fetch(_TABLES)]
    query = "select exists (select from {} t where lower(t::text) like any($1))"
    return [table for table in tables if await connection.fetchval(query.format(table), patterns)]


Contents = dict[str, dict[tuple[object, ...], dict[str, object]]]


async def contents(connection: asyncpg.Connection) -> Contents:
    """All that was recorded, by table and primary key, but for the time of recording."""
    tables = {}
    for table, key in KEYS.items():
        records = await connection.fetch(f"select * from {table}")  # noqa: S608
        kept = [{name: value for name, value in record.items() if name not in NOTED_AT} for record in records]
        tables[table] = {tuple(row[name] for name in key): row for row in kept}
    return tables


def untouched(before: Contents, addresses: Collection[str]) -> Contents:
    """The rows that name none of these addresses, and belong to none of their activities."""
    named = {address.lower() for address in addresses}
    activities = {
        (account_id, id_)
        for (account_id, id_), row in before["smtp_activity"].items()
        if {str(row["recipient"]).lower(), str(row["delivered_to"]).lower()} & named
    }
    return {
        table: {
            key: row
            for key, row in rows.items()
            if key[:2] not in activities and not any(address in str(row).lower() for address in named)
        }
        for table, rows in before.items()
    }


async def erase(
    eraser: Eraser, connection: asyncpg.Connection, address: str, *, pseudonymise: bool = False
) -> ErasedRows:
    """Erase an address for every account."""
    done = ErasedRows()
    for (account_id,) in await connection.fetch("select id from account order by id"):
        done = done.plus(await eraser.erase(account_id, address, pseudonymise=pseudonymise, now=NOW))
    return done


async def chosen(connection: asyncpg.Connection, number: int) -> list[str]:
    """Some recipients of the log, aliases and their final addresses among them; none is a part of another one."""
    query = "select distinct recipient from smtp_activity where recipient not like 'loyal%' order by 1"
    recipients = [record[0] for record in await connection.fetch(query)]
    rng = random.Random(7)  # noqa: S311 - a choice, no secret
    drawn = [*rng.sample(recipients, number), *ALIASES, "loyal3@ok.test", "billing@northwind.example"]
    return [one for one in drawn if not any(one.lower() in other.lower() and one != other for other in recipients)]


async def test_no_log_brings_back_what_was_erased_and_all_else_stays(
    store: Store, connection: asyncpg.Connection
) -> None:
    await read(store)
    before = await contents(connection)
    eraser = await Eraser.open(connection, BUILT_IN)
    addresses = await chosen(connection, 60)
    for number, address in enumerate(addresses):
        await erase(eraser, connection, address, pseudonymise=number % 2 == 0)
    erased = await contents(connection)
    assert await tables_that_name(connection, addresses) == []
    kept = untouched(before, addresses)
    assert {table: {key: erased[table].get(key) for key in rows} for table, rows in kept.items()} == kept
    assert len(kept["smtp_activity"]) > 500
    for lines_per_batch in (5_000, 700):
        tally = await read_again(store, connection, lines_per_batch=lines_per_batch)
        assert (tally.new_rows, tally.changed_rows) == (0, 0)
        assert await tables_that_name(connection, addresses) == []
        assert await contents(connection) == erased


async def test_a_log_that_is_read_for_the_first_time_is_erased_as_well(
    store: Store, connection: asyncpg.Connection
) -> None:
    await read(store)
    eraser = await Eraser.open(connection, BUILT_IN)
    addresses = await chosen(connection, 60)
    for number, address in enumerate(addresses):
        await erase(eraser, connection, address, pseudonymise=number % 2 == 0)
    erased = await contents(connection)
    await connection.execute(f"truncate {', '.join(KEYS)}")
    await read_again(store, connection, lines_per_batch=300)
    assert await tables_that_name(connection, addresses) == []
    assert await contents(connection) == erased
