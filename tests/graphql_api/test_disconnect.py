"""Work goes on while its client is there, and ends with it."""

import asyncio

import pytest
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive

from graphql_api.disconnect import while_connected


def client_that_leaves(gone: asyncio.Event) -> Receive:
    """Sends something that is thrown away, and goes when it is told to."""
    sent = iter([{"type": "http.request", "body": b"more"}])

    async def receive() -> Message:
        if message := next(sent, None):
            return message
        await gone.wait()
        return {"type": "http.disconnect"}

    return receive


async def test_what_the_work_returns_or_raises_is_passed_on() -> None:
    async def good() -> int:
        await asyncio.sleep(0)
        return 1

    async def bad() -> int:
        raise TimeoutError

    receive = client_that_leaves(asyncio.Event())
    assert await while_connected(receive, good()) == 1
    with pytest.raises(TimeoutError):
        await while_connected(receive, bad())


async def test_work_ends_when_its_client_goes() -> None:
    gone, told = asyncio.Event(), list[str]()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            told.append("ended")

    asyncio.get_running_loop().call_later(0.05, gone.set)
    with pytest.raises(ClientDisconnect):
        await asyncio.wait_for(while_connected(client_that_leaves(gone), work()), 5)
    assert told == ["ended"]
    current = asyncio.current_task()
    assert current
    assert not current.cancelling()


async def test_who_is_cancelled_while_the_client_stays_is_cancelled() -> None:
    asking = asyncio.create_task(while_connected(client_that_leaves(asyncio.Event()), asyncio.sleep(60)))
    await asyncio.sleep(0.05)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking


async def test_nobody_listens_to_a_client_that_is_answered_at_once() -> None:
    asked = 0

    async def receive() -> Message:
        nonlocal asked
        asked += 1
        return {"type": "http.disconnect"}

    async def work() -> int:
        return 1

    assert await while_connected(receive, work()) == 1
    await asyncio.sleep(0.05)
    assert asked == 0
