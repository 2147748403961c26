"""Work for a client that may go away: nobody waits for the answer then, and the work is cancelled."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.requests import ClientDisconnect
from starlette.types import Receive

T = TypeVar("T")

# Most work is done before anybody could tell that the client has gone.
_SECONDS_UNWATCHED = 0.02


async def while_connected(receive: Receive, work: Coroutine[Any, Any, T]) -> T:
    """What the work returns; raises ClientDisconnect, the work cancelled, when the client goes away before.

    The body must have been read: what comes after it is thrown away.
    """
    watches: list[asyncio.Task[None]] = []
    try:
        async with asyncio.timeout(None) as connected:
            watching = asyncio.get_running_loop().call_later(
                _SECONDS_UNWATCHED, lambda: watches.append(asyncio.create_task(_end_when_gone(receive, connected)))
            )
            # A cancelled statement is cancelled at the server, too, before its connection is given back.
            try:
                return await work
            finally:
                watching.cancel()
    except TimeoutError:
        if connected.expired():
            raise ClientDisconnect from None
        raise
    finally:
        for watch in watches:
            watch.cancel()
        if watches:
            await asyncio.wait(watches)


async def _end_when_gone(receive: Receive, connected: asyncio.Timeout) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    connected.reschedule(0)
