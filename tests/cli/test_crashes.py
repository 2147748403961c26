"""Processes that are killed while they follow a log: afterwards the tables are those of an undisturbed run.

`make crash` kills more often. Which moments are hit is drawn from a seed, and then from the machine's own haste.
"""

import asyncio
import multiprocessing
import os
import signal
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from itertools import pairwise
from multiprocessing.context import ForkServerContext
from pathlib import Path
from random import Random
from time import sleep
from typing import TypeVar

import asyncpg
import pytest

from database.embedded import embedded_server
from database.errors import DatabaseUnusable
from database.migrate import migrate
from database.pool import connect
from tests.cli.following import (
    MAIL,
    QUEUED,
    become,
    everything,
    follow_until_killed,
    follower,
    following,
    forget,
    make_accounts,
    read_lines,
)
from tests.conftest import NOW

T = TypeVar("T")

KILLS_OF_THE_PROCESS, KILLS_OF_THE_DATABASE = (200, 20) if "CRASH" in os.environ else (20, 5)
SEED = 7
LONG_ENOUGH = 0.25
LOG = (MAIL if "CRASH" in os.environ else QUEUED).read_bytes()
LOCKED = "select exists (select from pg_locks where locktype = 'advisory')"
FIRST_LINE = LOG.index(b"\n") + 1
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
    """What the tables hold when nobody is killed. Then only the first line is written and read."""
    await make_accounts(connection)
    write(log, LOG)
    async with following(follower(url, log, lines_per_batch=5_000)):
        await read_lines(connection, log, LINES)
    rows = await everything(connection)
    await forget(connection)
    write(log, LOG[:FIRST_LINE])
    async with following(follower(url, log)):
        await read_lines(connection, log, 1)
    return rows


def write(log: Path, text: bytes) -> None:
    """All that it holds."""
    log.write_bytes(text)


class Writer:
    """Writes the log piece by piece, cut anywhere, and rotates it where a piece ends with a line."""

    def __init__(self, log: Path, random: Random, pieces: int) -> None:
        anywhere = random.sample(range(FIRST_LINE, len(LOG)), pieces - 1)
        cuts = sorted(cut if random.random() < 0.5 else LOG.index(b"\n", cut) + 1 for cut in anywhere)
        self._pieces = iter([LOG[start:end] for start, end in pairwise([FIRST_LINE, *cuts, len(LOG)])])
        self._log = log
        self._random = random
        self._rotations = 0

    def write(self) -> None:
        """The next piece."""
        with self._log.open("ab") as file:
            file.write(next(self._pieces))
        if self._log.read_bytes().endswith(b"\n") and self._random.random() < 0.5:
            self._rotations += 1
            self._log.rename(self._log.with_name(f"{self._log.name}.{self._rotations}"))


async def test_a_process_that_is_killed_at_any_moment_leaves_nothing_out_and_nothing_double(
    connection: asyncpg.Connection, database_url: str, log: Path, processes: ForkServerContext
) -> None:
    expected = await undisturbed(connection, database_url, log)
    random = Random(SEED)  # noqa: S311  # Repeatable, not secret.
    writer = Writer(log, random, KILLS_OF_THE_PROCESS)
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


async def on(url: str, action: Callable[[asyncpg.Connection], Awaitable[T]]) -> T:
    """What the action returns, on a connection of its own."""
    connection = await connect(url)
    try:
        return await action(connection)
    finally:
        await connection.close()


def kill_server(directory: Path) -> None:
    """The server and all its processes, as when the machine loses its power but not its disks."""
    postmaster = int((directory / "postgres/postmaster.pid").read_text().splitlines()[0])
    children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
    for process in (postmaster, *map(int, children)):
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


def start_again(directory: Path) -> None:
    """The server, as soon as nothing of the killed one is left."""
    for _ in range(50):
        try:
            with embedded_server(directory):
                return
        except DatabaseUnusable:
            sleep(0.1)
    raise TimeoutError


async def test_a_database_that_is_killed_at_any_moment_leaves_nothing_out_and_nothing_double(log: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="smtp-activity-crash-") as name:
        directory = Path(name)
        with embedded_server(directory) as server:
            url = server.owner_url
            await migrate(url, now=NOW)
            expected = await on(url, partial(undisturbed, url=url, log=log))
            random = Random(SEED)  # noqa: S311  # Repeatable, not secret.
            writer = Writer(log, random, KILLS_OF_THE_DATABASE)
            async with following(follower(url, log)):
                for _ in range(KILLS_OF_THE_DATABASE):
                    writer.write()
                    # The follower notices what was killed before when it has something to record.
                    await on(url, partial(become, query=LOCKED, value=True))
                    await asyncio.sleep(random.uniform(0, LONG_ENOUGH))
                    kill_server(directory)
                    start_again(directory)
                await on(url, partial(read_lines, path=log, lines=LINES))
            assert await on(url, everything) == expected
