"""What tests of erasing share: three accounts, and what stands in which table."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import asyncpg
import pytest

from database.store import Store
from models.attribution import AttributionRules

NOW = datetime(2026, 11, 23, 19, 0, tzinfo=UTC)
RULES = AttributionRules(trusted_networks=(ip_network("127.0.0.1/32"),))
ACCOUNTS = ("northwind", "acme", "globex")
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
