"""A large log is parsed by a process of its own: the rows are the same, and whichever of the two dies, none is lost."""

import gzip
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import msgspec
import pytest

from database.source_progress import find_progress
from database.store import Store
from ingest.errors import UndatedLog, UnreadableFile
from ingest.parsed import LogToRead
from ingest.pipeline import Pipeline
from ingest.postfix_apart import ReaderDied
from ingest.postfix_reader import PostfixReader
from ingest.tally import Tally
from tests.conftest import NOW
from tests.ingest.test_recorded_logs import MAIL, everything, forget, store

__all__ = ["store"]  # a fixture

UTC = ZoneInfo("UTC")


def reader(store: Store, *, apart: bool = True) -> PostfixReader:
    pipeline = Pipeline(store, lambda: NOW, lines_per_batch=700)
    return PostfixReader(pipeline, year=2026, time_zone=UTC, large=0 if apart else 1 << 40)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A recorded log with a line that cannot be read, among those of its end."""
    lines = MAIL.read_bytes().splitlines(keepends=True)
    path = tmp_path / "mail.log"
    path.write_bytes(b"".join([*lines[:-2], b"no line of a log\n", *lines[-2:]]))
    return path


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def packed_like(log: Path, without_end: int = 0) -> Path:
    packed = gzip.compress(log.read_bytes())
    return written(log.with_name("mail.log.1.gz"), packed[: len(packed) - without_end])


def three_times(log: Path) -> None:
    """More than fits into the pipe between the two."""
    log.write_bytes(log.read_bytes() * 3)


def size_of(path: Path) -> int:
    return path.stat().st_size


async def test_rows_counts_and_places_are_those_of_one_process(
    store: Store, connection: asyncpg.Connection, log: Path
) -> None:
    tallies, rows, places = [], [], []
    for apart in (False, True):
        await forget(connection)
        tallies.append(Tally())
        await reader(store, apart=apart).read(str(log), tallies[-1])
        rows.append(await everything(connection))
        places.append(await find_progress(connection, str(log)))
    assert rows[0] == rows[1]
    assert len(rows[0]) > 1000
    assert tallies[0] == tallies[1]
    assert tallies[0].unreadable_lines == [f"{log}:{tallies[0].lines - 2}: The line is not one of syslog."]
    assert places[0] == places[1]
    assert places[0] is not None
    assert places[0].position == size_of(log)


async def test_a_packed_log_is_unpacked_there(store: Store, log: Path) -> None:
    packed = packed_like(log)
    seen: list[tuple[LogToRead, int]] = []
    await reader(store).read(str(packed), Tally(), lambda log, position: seen.append((log, position)))
    assert {log.name for log, _ in seen} == {str(packed)}
    assert {log.raw_size for log, _ in seen} == {size_of(packed)}
    assert seen[-1][1] == size_of(packed)


async def test_a_log_that_cannot_be_dated_is_refused_with_the_same_words(store: Store, tmp_path: Path) -> None:
    log = written(tmp_path / "mail.log", b"Nov 23 18:46:00 relay1 postfix/qmgr[7]: 7D06A2CC4D: removed\n")
    for large in (0, 1 << 40):
        with pytest.raises(UndatedLog, match="pass --year"):
            await PostfixReader(Pipeline(store, lambda: NOW), large=large).read(str(log), Tally())


async def test_a_log_that_is_damaged_is_refused_with_the_same_words(store: Store, log: Path) -> None:
    packed = packed_like(log, without_end=2_000)
    with pytest.raises(UnreadableFile, match="the compressed file is damaged or cut"):
        await reader(store).read(str(packed), Tally())


async def test_what_was_recorded_when_the_reader_died_stays_and_the_rest_is_read_again(
    store: Store, connection: asyncpg.Connection, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await reader(store, apart=False).read(str(log), Tally())
    whole = await everything(connection)
    await forget(connection)
    three_times(log)
    started: list[subprocess.Popen[bytes]] = []
    monkeypatch.setattr("ingest.postfix_apart.subprocess.Popen", noted_in(started))
    with pytest.raises(ReaderDied):
        await reader(store).read(str(log), Tally(), lambda _log, _position: started[0].kill())
    assert started[0].returncode == -signal.SIGKILL
    assert 0 < len(await everything(connection)) < len(whole)
    progress = await find_progress(connection, str(log))
    assert progress is not None
    assert 0 < progress.position < size_of(log)
    await reader(store).read(str(log), Tally())
    assert await everything(connection) == whole


def noted_in(started: list[subprocess.Popen[bytes]]) -> Callable[..., subprocess.Popen[bytes]]:
    popen = subprocess.Popen

    def start(*arguments: Any, **options: Any) -> subprocess.Popen[bytes]:
        started.append(popen(*arguments, **options))
        return started[-1]

    return start


def test_a_reader_that_nobody_listens_to_ends(log: Path) -> None:
    three_times(log)
    order = msgspec.json.encode({"parsing": {"year": 2026, "zone": "UTC"}, "lines_per_batch": 700}).decode()
    command = [sys.executable, "-P", "-m", "ingest.postfix_apart", str(log), order]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:  # noqa: S603  # Ours.
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""
        assert process.wait(30) == 1
