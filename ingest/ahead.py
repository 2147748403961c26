"""Computes the next item of an iterator in a thread, while somebody works with the one before."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from typing import TypeVar

T = TypeVar("T")


@asynccontextmanager
async def ahead(items: Iterator[T]) -> AsyncIterator[AsyncIterator[T]]:
    """The same items in the same order, none of them None; the iterator is at rest when the context ends."""
    upcoming = _next_of(items)

    async def given() -> AsyncIterator[T]:
        nonlocal upcoming
        while (item := await upcoming) is not None:
            upcoming = _next_of(items)
            yield item

    try:
        yield given()
    finally:
        # A thread cannot be cancelled; what it finds is of no use any more.
        with suppress(Exception):
            await upcoming


def _next_of(items: Iterator[T]) -> "asyncio.Task[T | None]":
    return asyncio.create_task(asyncio.to_thread(next, items, None))
