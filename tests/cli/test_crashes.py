"""Processes that are killed while they follow a log: afterwards the tables are those of an undisturbed run.

`make crash` kills more often. Which moments are hit is drawn from a seed, and then from the machine's own haste.
"""

import asyncio
import multiprocessing
import os
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import pairwise
from multiprocessing.context import ForkServerContext
from pathlib import Path
from random import Random

import asyncpg
import pytest

from database.embedded import EmbeddedServer, embedded_server
from database.errors import DatabaseUnusable
from database.migrate import migrate
from database.pool import connect
from tests.cli.following import (
    QUEUED,
    everything,
    follow_until_killed,
    follower,
    following,
    forget,
    make_accounts,
    read_lines,
)
from tests.conftest import NOW

KILLS_OF_THE_PROCESS, KILLS_OF_THE_DATABASE = (200, 20) if "CRASH" in os.environ else (20, 5)
SEED = 7
LONG_ENOUGH = 0.25
LOG = QUEUED.read_bytes()
LINES = len(LOG.splitlines())


@pytest.fixture(scope="session")
def processes() -> ForkServerContext:
    """Where a process starts at once, since everything is loaded already."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.cli.following"])
    return context


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "mail.log"


async def undisturbed(connection: asyncpg.Connection, url: str, log: Path) -> list[tuple[str, ...]]:
    """What the tables hold when nobody is killed."""
    await make_accounts(connection)
    log.write_bytes(LOG)
    async with following(follower(url, log, lines_per_batch=5_000)):
        await read_lines(connection, log, LINES)
    rows = await everything(connection)
    await forget(connection)
    log.unlink()
    return rows


class Writer:
    """Writes the log piece by piece, cut anywhere, and rotates it now and then."""

    def __init__(self, log: Path, random: Random, pieces: int) -> None:
        cuts = sorted(random.sample(range(1, len(LOG)), pieces - 1))
        self._pieces = iter([LOG[start:end] for start, end in pairwise([0, *cuts, len(LOG)])])
        self._log = log
        self._random = random
        self._rotations = 0

    def write(self) -> None:
        """The next piece. A log is rotated after a whole line, and while it has one that is not empty."""
        with self._log.open("ab") as file:
            file.write(next(self._pieces))
        if self._random.random() < 0.2 and self._log.read_bytes().endswith(b"\n"):
            self._rotations += 1
            self._log.rename(self._log.with_name(f"{self._log.name}.{self._rotations}"))


async def test_a_process_that_is_killed_at_any_moment_leaves_nothing_out_and_nothing_double(
    connection: asyncpg.Connection, database_url: str, log: Path, processes: ForkServerContext
) -> None:
    expected = await undisturbed(connection, database_url, log)
    random = Random(SEED)  # noqa: S311  # Repeatable, not secret.
    writer = Writer(log, random, KILLS_OF_THE_PROCESS)
    killed_while_reading = 0
    for _ in range(KILLS_OF_THE_PROCESS):
        process = processes.Process(target=follow_until_killed, args=(database_url, log))
        process.start()
        writer.write()
        await asyncio.sleep(random.uniform(0, LONG_ENOUGH))
        process.kill()
        await asyncio.to_thread(process.join)
        assert process.exitcode == -signal.SIGKILL
        process.close()
    async with following(follower(database_url, log)):
        await read_lines(connection, log, LINES)
    assert await everything(connection) == expected
