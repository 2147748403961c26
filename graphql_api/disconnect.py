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
    watch = _Watch(receive)
    timer = asyncio.get_running_loop().call_later(_SECONDS_UNWATCHED, watch.begin)
    try:
        # A cancelled statement is cancelled at the server, too, before its connection is given back.
        return await work
    except asyncio.CancelledError:
        watch.raise_if_gone()
        raise
    finally:
        timer.cancel()
        if watch.task:
            watch.task.cancel()


class _Watch:
    """Waits until the client has gone, and cancels whoever made it then."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._working = asyncio.current_task()
        self._is_gone = False
        self.task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """From now on."""
        self.task = asyncio.create_task(self._wait())

    async def _wait(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        if self._working:
            self._is_gone = self._working.cancel()

    def raise_if_gone(self) -> None:
        """Raises ClientDisconnect, unless somebody else cancelled the work as well."""
        if self._is_gone and self._working and not self._working.uncancel():
            raise ClientDisconnect from None
