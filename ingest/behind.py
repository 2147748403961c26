"""Lets one piece of work run while the next one is made ready: one at a time, in their order."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager


class Behind:
    """Work that was begun and may still run."""

    def __init__(self) -> None:
        self._running: asyncio.Task[None] | None = None

    async def begin(self, work: Coroutine[None, None, None]) -> None:
        """Begin this work when the piece before has ended; raises what that one raised, and then does not begin."""
        try:
            await self.end()
        except BaseException:
            work.close()
            raise
        self._running = asyncio.create_task(work)

    async def end(self) -> None:
        """Wait for the piece that runs, and raise what it raises."""
        running, self._running = self._running, None
        if running is not None:
            await running

    async def rest(self) -> None:
        """Wait for the piece that runs, whatever becomes of it."""
        if self._running is not None:
            await asyncio.gather(self._running, return_exceptions=True)


@asynccontextmanager
async def behind() -> AsyncIterator[Behind]:
    """All work has ended when the context ends; what the last piece raised is raised, unless something else was."""
    work = Behind()
    try:
        yield work
        await work.end()
    finally:
        await work.rest()
