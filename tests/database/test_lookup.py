"""Activities by their ids: the account's own, from their months only."""

import asyncio
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from database.lookup import read_activities
from database.partitions import ensure_months, months_between
from database.pool import Pools
from tests.conftest import NOW
from tests.database.activities import ACCOUNT, NEIGHBOUR, activity, record
from tests.database.explained import tables_read
from tests.database.watched import watched_pools

ROWS = [activity(NOW - timedelta(hours=hours), key=str(hours)) for hours in range(3)]
FOREIGN = activity(NOW, key="foreign", account_id=NEIGHBOUR)


async def test_an_account_finds_its_own_by_id(pools: Pools, connection: asyncpg.Connection) -> None:
    await record(connection, [*ROWS, FOREIGN])
    unknown = activity(NOW, key="unknown")
    asked = [ROWS[2].id, FOREIGN.id, unknown.id, ROWS[0].id, ROWS[0].id]
    found = await read_activities(pools, ACCOUNT, asked, frozenset({"message_key"}))
    assert {id_: tuple(row.items()) for id_, row in found.items()} == {
        row.id: (("id", str(row.id)), ("message_key", row.message_key)) for row in (ROWS[0], ROWS[2])
    }


@pytest.mark.parametrize("id_", [UUID(int=0), UUID(int=2**128 - 1), UUID(int=2**127)])
async def test_an_id_of_no_time_is_nobodys(pools: Pools, id_: UUID) -> None:
    assert await read_activities(pools, ACCOUNT, [id_], frozenset()) == {}


async def test_no_ids_ask_nothing(migrated_database_url: str) -> None:
    async with watched_pools(migrated_database_url) as (pools, sent):
        assert await read_activities(pools, ACCOUNT, [], frozenset()) == {}
    assert sent == []


async def test_one_statement_reads_the_ids_months_only(migrated_database_url: str) -> None:
    async with watched_pools(migrated_database_url) as (pools, sent):
        async with pools.page.acquire() as connection:
            await ensure_months(connection, months_between(NOW - timedelta(days=200), NOW))
        # The driver asks a new connection once what an array is.
        await read_activities(pools, ACCOUNT, [row.id for row in ROWS], frozenset())
        # It tells of a statement at the next turn of the loop.
        await asyncio.sleep(0)
        sent.clear()
        await read_activities(pools, ACCOUNT, [row.id for row in ROWS], frozenset())
        await asyncio.sleep(0)
    (statement,) = sent
    assert await tables_read(migrated_database_url, statement) == {"smtp_activity_2026_11"}
