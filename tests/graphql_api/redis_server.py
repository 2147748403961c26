"""A real Redis on this machine, which a test may stop and start."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.cli.test_serve import free_port

PROGRAM = shutil.which("redis-server", path=os.defpath + ":/usr/sbin:/usr/local/bin:/opt/homebrew/bin")
NEEDED = pytest.mark.skipif(PROGRAM is None, reason="Redis is not installed (Debian: apt-get install redis-server).")


class RedisServer:
    """It keeps nothing on disk, so after a stop it is empty."""

    def __init__(self, directory: str) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.socket_url = f"unix://{directory}/redis.sock"
        self._directory = directory
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Return when it answers."""
        assert PROGRAM is not None
        self._process = await asyncio.create_subprocess_exec(
            PROGRAM,
            *("--port", str(self.port), "--bind", "127.0.0.1", "--unixsocket", f"{self._directory}/redis.sock"),
            *("--save", "", "--dir", self._directory),
            stdout=asyncio.subprocess.PIPE,
        )
        assert self._process.stdout is not None
        async with asyncio.timeout(30):
            async for line in self._process.stdout:
                if b"Ready to accept connections" in line:
                    return

    async def stop(self) -> None:
        """End it, unless it has ended."""
        if self._process is not None:
            self._process.terminate()
            await self._process.communicate()
            self._process = None


@asynccontextmanager
async def redis_server() -> AsyncIterator[RedisServer]:
    """One that runs."""
    # Not a test's own directory: the path of a socket has to be short.
    with tempfile.TemporaryDirectory(prefix="redis-") as directory:
        server = RedisServer(directory)
        await server.start()
        try:
            yield server
        finally:
            await server.stop()
