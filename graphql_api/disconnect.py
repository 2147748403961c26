"""Work for a client that may go away: nobody waits for the answer then, and the work is cancelled."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.requests import ClientDisconnect
from starlette.types import Receive

from graphql_api.cut import Cut

T = TypeVar("T")

# Most work is done before anybody could tell that the client has gone.
_SECONDS_UNWATCHED = 0.02


async def while_connected(receive: Receive, work: Coroutine[Any, Any, T]) -> T:
    """What the work returns; raises ClientDisconnect, the work cancelled, when the client goes away before.

    The body must have been read: what comes after it is thrown away.
    """
    watches: list[asyncio.Task[None]] = []
    with Cut(ClientDisconnect) as connected:
        timer = asyncio.get_running_loop().call_later(
            _SECONDS_UNWATCHED, lambda: watches.append(asyncio.create_task(_cut_when_gone(receive, connected)))
        )
        try:
            # A cancelled statement is cancelled at the server, too, before its connection is given back.
            return await work
        finally:
            timer.cancel()
            for watch in watches:
                watch.cancel()


async def _cut_when_gone(receive: Receive, connected: Cut) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    connected.now()
