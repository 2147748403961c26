"""The next item is computed while somebody works with the one before."""

import asyncio
from collections.abc import Iterator
from threading import Event
from time import sleep

import pytest

from ingest.ahead import ahead


async def test_items_come_in_their_order_whatever_slices_they_were_computed_in() -> None:
    async with ahead(iter([None, 1, None, None, 2, 3, None])) as items:
        assert [item async for item in items] == [1, 2, 3]


async def test_nothing_comes_of_nothing() -> None:
    slices: list[int | None] = [None, None]
    async with ahead(iter(slices)) as items:
        assert [item async for item in items] == []


async def test_slices_are_computed_while_the_one_who_asked_waits() -> None:
    computed = Event()

    def slices() -> Iterator[int | None]:
        yield 0
        yield None
        yield None
        computed.set()
        yield 1

    async with ahead(slices()) as items:
        async for item in items:
            assert item == 1 or await asyncio.to_thread(computed.wait, 10)


async def test_an_error_comes_where_its_item_would_have_come() -> None:
    def slices() -> Iterator[int | None]:
        yield 1
        yield None
        raise ValueError("the log is gone")

    async with ahead(slices()) as items:
        assert await anext(items) == 1
        with pytest.raises(ValueError, match="the log is gone"):
            await anext(items)


async def test_the_slices_are_at_rest_when_the_context_ends() -> None:
    def slices() -> Iterator[int | None]:
        while True:
            yield 1
            sleep(0.01)
            yield None

    iterator = slices()
    async with ahead(iterator) as items:
        assert await anext(items) == 1
    next(iterator)  # a generator that a thread still runs would refuse
