"""Pools that tell which statement each of them was sent."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, NamedTuple

from database.pool import Pools, open_pools


class Sent(NamedTuple):
    """A statement, its arguments, and the pool that it was sent to."""

    pool: str
    sql: str
    arguments: tuple[object, ...]


@asynccontextmanager
async def watched_pools(url: str) -> AsyncIterator[tuple[Pools, list[Sent]]]:
    """Pools of one connection each, and what was sent to them as it comes."""
    sent: list[Sent] = []
    async with open_pools(url, size=1, statement_timeout=timedelta(seconds=5)) as pools:
        for name, pool in (("page", pools.page), ("search", pools.search)):

            def log(record: Any, name: str = name) -> None:
                sent.append(Sent(name, record.query, tuple(record.args)))

            async with pool.acquire() as connection:
                connection.add_query_logger(log)
        yield pools, sent
