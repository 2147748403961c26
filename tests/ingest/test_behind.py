"""A piece of work runs while the next one is made ready."""

import asyncio

import pytest

from ingest.behind import behind


async def test_pieces_run_one_at_a_time_in_their_order_and_have_ended_with_the_context() -> None:
    said: list[str] = []

    async def work(name: str) -> None:
        said.append(f"{name} begins")
        await asyncio.sleep(0.01)
        said.append(f"{name} ends")

    async with behind() as running:
        for name in "abc":
            await running.begin(work(name))
            said.append(f"{name} is under way")
            await asyncio.sleep(0)
    assert said == [f"{name} {what}" for name in "abc" for what in ("is under way", "begins", "ends")]


async def fail(message: str) -> None:
    raise ValueError(message)


async def test_a_failure_is_raised_where_the_next_piece_would_begin() -> None:
    begun: list[int] = []

    async def note() -> None:
        begun.append(1)

    async with behind() as running:
        await running.begin(fail("the first"))
        with pytest.raises(ValueError, match="the first"):
            await running.begin(note())
    assert begun == []


async def test_a_failure_of_the_last_piece_is_raised_at_the_end() -> None:
    with pytest.raises(ValueError, match="the last"):
        async with behind() as running:
            await running.begin(fail("the last"))


async def test_what_runs_is_ended_though_something_else_failed() -> None:
    ended: list[int] = []

    async def work() -> None:
        await asyncio.sleep(0.01)
        ended.append(1)

    async def work_and_fail() -> None:
        async with behind() as running:
            await running.begin(work())
            await fail("elsewhere")

    with pytest.raises(ValueError, match="elsewhere"):
        await work_and_fail()
    assert ended == [1]


async def test_of_two_failures_the_one_that_came_first_is_raised() -> None:
    async def work_and_fail() -> None:
        async with behind() as running:
            await running.begin(fail("behind"))
            await fail("elsewhere")

    with pytest.raises(ValueError, match="elsewhere"):
        await work_and_fail()
