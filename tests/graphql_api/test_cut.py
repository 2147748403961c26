"""What is cut off ends with its error; what is cancelled by others stays cancelled."""

import asyncio

import pytest

from graphql_api.cut import Cut, Within


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


async def test_work_that_waits_for_nothing_is_done_at_once() -> None:
    async def good() -> int:
        return 1

    async def bad() -> int:
        raise ValueError("its own")

    # No time is left, and none is needed.
    assert await Within(0, good()) == 1
    with pytest.raises(ValueError, match="its own"):
        await Within(0, bad())


async def test_work_that_waits_has_so_many_seconds() -> None:
    async def work(seconds: float, times: int) -> int:
        for _ in range(times):
            await asyncio.sleep(seconds)
        return times

    assert await Within(60, work(0, 1)) == 1
    assert await Within(60, work(0.001, 3)) == 3
    for times in (1, 3):
        with pytest.raises(TimeoutError):
            await Within(0.01, work(0.008 if times > 1 else 60, times))


async def test_work_that_ends_too_late_cleans_up() -> None:
    told = list[str]()

    async def work() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            told.append("ended")

    with pytest.raises(TimeoutError):
        await Within(0.01, work())
    task = asyncio.create_task(_await(Within(60, work())))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert told == ["ended"] * 2


async def _await(work: Within[None]) -> None:
    await work
