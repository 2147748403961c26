"""Erasing addresses from all that a recorded log came to: in whatever order it is read again, they stay out."""

import random
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import asyncpg
import pytest

from database.draft import Draft
from database.erasing import ErasedRows, Eraser
from database.store import Recorded, Store
from ingest.pipeline import Pipeline
from ingest.postfix_reader import PostfixReader
from ingest.tally import Tally
from models.classifier import BUILT_IN
from models.event import DeliveryEvent
from tests.database.erased import KEYS, NOW, Contents, contents, store, tables_that_name

__all__ = ("store",)

LOG = Path(__file__).parents[2] / "examples/postfix/mail.log"
ALIASES = ("help@alias.test", "one@ok.test", "two@hard.test")


async def read(store: Store, *, lines_per_batch: int = 5_000) -> Tally:
    tally = Tally()
    await PostfixReader(Pipeline(store, lambda: NOW, lines_per_batch), year=2026, time_zone=UTC).read(str(LOG), tally)
    return tally


async def read_again(store: Store, connection: asyncpg.Connection, *, lines_per_batch: int = 5_000) -> Tally:
    """As if the log had never been read."""
    await connection.execute("truncate ingest_source")
    return await read(store, lines_per_batch=lines_per_batch)


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
    named = await tables_that_name(connection, addresses)
    assert {"smtp_activity_2026_11", "smtp_event_2026_11", "relay_message"} <= set(named)
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


class Listener:
    """Takes a log's events down, in place of a store."""

    def __init__(self) -> None:
        self.events: list[DeliveryEvent] = []

    def drafts(self, events: Sequence[DeliveryEvent], now: datetime) -> Iterator[Draft]:
        yield Draft(now, rest=list(events))

    async def record_draft(self, draft: Draft, _progress: object) -> Recorded:
        self.events += draft.rest
        return Recorded(0, 0, 0)


@pytest.mark.parametrize("seed", [1, 2])
async def test_in_whatever_order_a_log_is_read_what_was_erased_stays_so(
    store: Store, connection: asyncpg.Connection, seed: int
) -> None:
    await read(store)
    eraser = await Eraser.open(connection, BUILT_IN)
    addresses = await chosen(connection, 60)
    for number, address in enumerate(addresses):
        await erase(eraser, connection, address, pseudonymise=number % 2 == 0)
    erased = await contents(connection)
    await connection.execute(f"truncate {', '.join(KEYS)}")
    listener = Listener()
    await read(cast(Store, listener))
    random.Random(seed).shuffle(listener.events)  # noqa: S311 - an order, no secret
    for start in range(0, len(listener.events), 500):
        await store.record(listener.events[start : start + 500], None, NOW)
        assert await tables_that_name(connection, addresses) == []
    assert await contents(connection) == erased
