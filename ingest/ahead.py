"""Computes the next item of an iterator in a thread, a slice at a time, while somebody works with the one before."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from typing import TypeVar

T = TypeVar("T")


@asynccontextmanager
async def ahead(slices: Iterator[T | None]) -> AsyncIterator[AsyncIterator[T]]:
    """The items that the slices end with, in their order; None: a slice ended, and its item is not ready yet.

    A slice begins when whoever works with an item waits (for the database, say), and not while it computes: Python runs
    one thread at a time, and what could be done during the wait would be done before it. The iterator is at rest when
    the context ends.
    """
    ended = False
    upcoming: asyncio.Task[T | None]

    async def next_item() -> T | None:
        while not ended:
            item = await asyncio.to_thread(next, slices, _END)
            if item is not None:
                return None if isinstance(item, _End) else item
        return None

    async def given() -> AsyncIterator[T]:
        nonlocal upcoming
        while (item := await upcoming) is not None:
            upcoming = asyncio.create_task(next_item())
            yield item

    upcoming = asyncio.create_task(next_item())
    try:
        yield given()
    finally:
        # A thread cannot be cancelled; what it finds is of no use any more.
        ended = True
        with suppress(Exception):
            await upcoming


class _End:
    """What the slices have no more of."""


_END = _End()
