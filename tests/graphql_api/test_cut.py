"""What is cut off ends with its error; what is cancelled by others stays cancelled."""

import asyncio

import pytest

from graphql_api.cut import Cut


class TooLong(Exception):
    """It took too long."""


async def test_what_takes_too_long_is_cut_off() -> None:
    with pytest.raises(TooLong), Cut(TooLong, 0.01):
        await asyncio.sleep(60)
    task = asyncio.current_task()
    assert task
    assert not task.cancelling()


async def test_what_is_done_in_time_is_left_alone() -> None:
    with Cut(TooLong, 0.01):
        await asyncio.sleep(0)
    await asyncio.sleep(0.03)
    with pytest.raises(ValueError, match="its own"), Cut(TooLong, 60):
        raise ValueError("its own")


async def test_it_can_be_cut_off_by_whoever_holds_it() -> None:
    async def work() -> None:
        with Cut(TooLong) as cut:
            asyncio.get_running_loop().call_later(0.01, cut.now)
            await asyncio.sleep(60)

    with pytest.raises(TooLong):
        await work()


async def test_a_cut_within_a_cut_ends_no_more_than_itself() -> None:
    with Cut(TooLong, 60):
        with pytest.raises(TimeoutError), Cut(TimeoutError, 0.01):
            await asyncio.sleep(60)
        await asyncio.sleep(0)


async def test_who_is_cancelled_meanwhile_is_cancelled() -> None:
    async def work() -> None:
        with Cut(TooLong, 60):
            await asyncio.sleep(60)

    async def both() -> None:
        with Cut(TooLong) as cut:
            asyncio.get_running_loop().call_later(0.01, cut.now)
            task = asyncio.current_task()
            assert task
            asyncio.get_running_loop().call_later(0.01, task.cancel)
            await asyncio.sleep(60)

    task = asyncio.create_task(work())
    await asyncio.sleep(0.01)
    task.cancel()
    for each in (task, asyncio.create_task(both())):
        with pytest.raises(asyncio.CancelledError):
            await each
