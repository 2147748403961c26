"""`ingest postfix --follow`: through rotations, restarts and a lost database, each line is recorded once."""

import asyncio
import signal
import sys
from configparser import ConfigParser
from dataclasses import replace
from datetime import UTC, timedelta
from itertools import pairwise
from math import exp
from os import environ
from pathlib import Path

import asyncpg
import pytest

from cli.follow import Follower
from cli.postfix_sources import PostfixLogs, postfix_journal, postfix_queue, this_host
from database.errors import DatabaseUnusable
from database.source_progress import SourceBusy, SourceProgress, list_sources, save_progress
from database.store import ONE_WRITER
from tests.cli.commands import Commands
from tests.cli.following import (
    QUEUED,
    SETTINGS,
    become,
    everything,
    follower,
    following,
    forget,
    make_accounts,
    read_lines,
)
from tests.conftest import NOW
from tests.ingest.journal_entries import entries, make_journalctl

LINES = QUEUED.read_bytes().splitlines(keepends=True)
UNIT = Path(__file__).parents[2] / "docs/smtp-activity-ingest.service"
HALF = len(LINES) // 2
# The log grows older, and the commands have the real clock.
OLD_LOG = {"SMTP_ACTIVITY_RETENTION_DAYS": "36500"}


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "mail.log"


def append(path: Path, lines: list[bytes]) -> None:
    with path.open("ab") as file:
        file.write(b"".join(lines))


def rotate(path: Path) -> None:
    path.rename(path.with_name("mail.log.1"))


def remove(path: Path) -> None:
    path.unlink()


@pytest.fixture
async def expected(connection: asyncpg.Connection, database_url: str, log: Path) -> list[tuple[str, ...]]:
    """What the log comes to when it is read undisturbed."""
    await make_accounts(connection)
    append(log, LINES)
    async with following(follower(database_url, log, lines_per_batch=5_000)):
        await read_lines(connection, log, len(LINES))
    rows = await everything(connection)
    await forget(connection)
    remove(log)
    assert len(rows) > 500
    return rows


async def test_a_log_comes_to_the_same_through_its_rotation(
    connection: asyncpg.Connection, database_url: str, log: Path, expected: list[tuple[str, ...]]
) -> None:
    async with following(follower(database_url, log)):
        append(log, LINES[:HALF])
        await read_lines(connection, log, HALF)
        rotate(log)
        append(log, LINES[HALF:])
        await read_lines(connection, log, len(LINES))
    assert await everything(connection) == expected


async def test_a_follower_goes_on_where_another_one_stopped(
    connection: asyncpg.Connection, database_url: str, log: Path, expected: list[tuple[str, ...]]
) -> None:
    for start, end in pairwise([0, 1, 7, 90, 91, 92, HALF, HALF + 1, len(LINES)]):
        append(log, LINES[start:end])
        async with following(follower(database_url, log)):
            await read_lines(connection, log, end)
    assert await everything(connection) == expected


async def test_a_log_that_was_read_as_a_whole_is_followed_from_there_through_its_rotation(
    connection: asyncpg.Connection,
    database_url: str,
    log: Path,
    expected: list[tuple[str, ...]],
    tmp_path: Path,
) -> None:
    commands = Commands(database_url, tmp_path)
    commands.environment |= OLD_LOG | {"SMTP_ACTIVITY_TRUSTED_NETWORKS": '["127.0.0.1/32"]'}
    append(log, LINES[:HALF])
    await commands.output("ingest", "postfix", str(log), "--year", "2026", "--time-zone", "UTC")
    rotate(log)
    append(log, LINES[HALF:])
    await connection.execute("update ingest_source set recent_lines = 0")
    async with following(follower(database_url, log)):
        await read_lines(connection, log, len(LINES))
    # The command has the real clock, which the other tables show.
    seen = ("smtp_activity", "smtp_event")
    assert [row for row in await everything(connection) if row[0] in seen] == [
        row for row in expected if row[0] in seen
    ]


async def test_a_lost_connection_is_made_again_and_nothing_is_lost(
    connection: asyncpg.Connection, database_url: str, log: Path, expected: list[tuple[str, ...]]
) -> None:
    others = "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and pid <> pg_backend_pid()"
    async with following(follower(database_url, log)):
        append(log, LINES[:HALF])
        await read_lines(connection, log, HALF)
        await connection.execute(others)
        append(log, LINES[HALF:])
        await read_lines(connection, log, len(LINES))
    assert await everything(connection) == expected


async def test_a_database_that_does_not_answer_counts_as_lost(
    connection: asyncpg.Connection, database_url: str, log: Path, expected: list[tuple[str, ...]]
) -> None:
    async with following(replace(follower(database_url, log), answers_within=0.5)):
        append(log, LINES[:HALF])
        await read_lines(connection, log, HALF)
        async with connection.transaction():
            await connection.execute(ONE_WRITER)
            append(log, LINES[HALF:])
            # Its own lock is given back when it gives up.
            await become(connection, "select count(*) from pg_locks where locktype = 'advisory'", value=1)
        await read_lines(connection, log, len(LINES))
    assert await everything(connection) == expected


async def test_a_log_that_another_process_follows_is_left_to_it(
    connection: asyncpg.Connection, database_url: str, log: Path
) -> None:
    await connection.execute("select pg_advisory_lock(hashtext('ingest source'), hashtext($1))", str(log))
    with pytest.raises(SourceBusy, match="another process reads it"):
        await follower(database_url, log).run(asyncio.Event())


async def test_a_log_whose_reader_has_not_quite_ended_is_waited_for(
    connection: asyncpg.Connection, database_url: str, log: Path
) -> None:
    # As the server sees it who was killed a moment ago reads on.
    await connection.execute("select pg_advisory_lock(hashtext('ingest source'), hashtext($1))", str(log))
    tries = (
        "select count(*) from pg_stat_activity"
        " where datname = current_database() and query like '%try_advisory%' and pid <> pg_backend_pid()"
    )
    append(log, LINES)
    async with following(follower(database_url, log)):
        await become(connection, tries, value=1)
        await connection.execute("select pg_advisory_unlock_all()")
        await read_lines(connection, log, len(LINES))


async def test_a_database_that_is_not_there_at_the_start_is_told(log: Path) -> None:
    with pytest.raises(DatabaseUnusable):
        await follower("postgresql://nobody@/nothing?host=/nowhere", log).run(asyncio.Event())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_the_command_waits_for_its_file_and_stops_when_told(
    connection: asyncpg.Connection, database_url: str, log: Path, number: signal.Signals, tmp_path: Path
) -> None:
    await make_accounts(connection)
    command = "from cli.main import main; main()"
    arguments = ("ingest", "postfix", "--follow", str(log), "--time-zone", "UTC", "--year", "2026")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", command, *arguments,
        env={**environ, **OLD_LOG, "DATABASE_URL": database_url, "SMTP_ACTIVITY_DATA_DIRECTORY": str(tmp_path)},
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    async with asyncio.timeout(60):
        assert b"following" in await process.stderr.readline()
        append(log, [*LINES, b"no line of syslog's\n"])
        await become(connection, "select position from ingest_source", value=sum(map(len, LINES)) + 20)
        process.send_signal(number)
        _, written = await process.communicate()
    assert process.returncode == 0
    left_out, stopped = written.splitlines()
    assert b"a line is left out. The line is not one of syslog." in left_out
    assert b'"stopped"' in stopped
    assert await connection.fetchval("select count(*) from smtp_activity") > 0


async def test_standard_input_is_not_followed(commands: Commands) -> None:
    assert "cannot be followed" in await commands.misuse("ingest", "postfix", "--follow", "-")


async def test_the_status_says_how_far_each_log_was_read(
    connection: asyncpg.Connection, database_url: str, log: Path, tmp_path: Path
) -> None:
    await make_accounts(connection)
    commands = Commands(database_url, tmp_path)
    columns = "source\tbytes read\tbytes behind\tnewest event\tlast read\tlines a minute\n"
    assert await commands.output("ingest", "status") == columns
    append(log, LINES)
    async with following(follower(database_url, log)):
        await read_lines(connection, log, len(LINES))
    append(log, [b"five\n"])
    size = sum(map(len, LINES))
    assert await commands.output("ingest", "status") == (
        f"{columns}{log}\t{size}\t5\t2026-11-23T18:48:54+00:00\t2026-11-23T19:00:00+00:00\t0.0\n"
    )


async def test_lines_count_less_the_longer_ago_they_came(connection: asyncpg.Connection) -> None:
    progress = SourceProgress("mail.log", "fingerprint", 0, lines=600)
    for seconds in (0, 300, 300_000):
        await save_progress(connection, progress, recorded_up_to=None, now=NOW + timedelta(seconds=seconds))
        [source] = await list_sources(connection)
        expected = {0: 120.0, 300: 120 + 120 * exp(-1), 300_000: 120.0}[seconds]
        assert source.lines_a_minute(source.updated_at) == pytest.approx(expected)
        assert source.lines_a_minute(source.updated_at + timedelta(minutes=5)) == pytest.approx(expected * exp(-1))
        assert source.lines_a_minute(source.updated_at - timedelta(minutes=5)) == pytest.approx(expected)


async def test_the_unit_runs_a_command_that_there_is(commands: Commands) -> None:
    unit = ConfigParser(interpolation=None, strict=False)
    unit.read(UNIT)
    program, *arguments = unit["Service"]["ExecStart"].split()
    assert program.endswith("/smtp-activity")
    # Without a file it would be a misuse; with help it is not run.
    assert "--follow" in await commands.output(*arguments, "--help")


async def test_two_machines_logs_of_one_path_are_two_sources(
    connection: asyncpg.Connection, database_url: str, log: Path, commands: Commands
) -> None:
    await make_accounts(connection)
    append(log, LINES[:HALF])
    for machine in (this_host(), "relay2"):
        sources = PostfixLogs([str(log)], year=2026, time_zone=UTC, machine=machine).to_follow()
        async with following(Follower(database_url, SETTINGS, sources, lambda: NOW, 5_000, 0.01)):
            query = "select recent_lines from ingest_source where name = $1"
            await become(connection, query, f"{machine}:{log}", value=HALF)
    append(log, [b"five\n"])
    status = await commands.output("ingest", "status")
    size = sum(map(len, LINES[:HALF]))
    assert f"{this_host()}:{log}\t{size}\t5\t" in status
    # Its log lies elsewhere.
    assert f"relay2:{log}\t{size}\t-\t" in status


async def test_the_status_of_a_log_that_cannot_be_read_is_shown(
    connection: asyncpg.Connection, commands: Commands, tmp_path: Path
) -> None:
    await save_progress(connection, SourceProgress(str(tmp_path), "fingerprint", 7), recorded_up_to=None, now=NOW)
    assert f"{tmp_path}\t7\t-\t-\t2026-11-23T19:00:00+00:00\t0.0\n" in await commands.output("ingest", "status")


@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the journal holds: a file, to which may be added."""
    shown = tmp_path / "journal.json"
    shown.touch()
    make_journalctl(tmp_path, shown)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    return shown


async def test_the_journal_comes_to_the_same_as_the_log_however_often_it_is_taken_up(
    connection: asyncpg.Connection, database_url: str, expected: list[tuple[str, ...]], journal: Path
) -> None:
    source = postfix_journal(PostfixLogs([]))
    lines = entries(QUEUED)
    for start, end in pairwise([0, 1, 92, HALF, len(lines)]):
        append(journal, lines[start:end])
        async with following(Follower(database_url, SETTINGS, [source], lambda: NOW, 20, 0.01)):
            await become(connection, "select recent_lines from ingest_source where name = $1", source.name, value=end)
    # The source has another name, and another state: there is no year to be kept.
    assert [row for row in await everything(connection) if row[0] != "ingest_source"] == [
        row for row in expected if row[0] != "ingest_source"
    ]


async def test_the_journal_is_read_once_and_on_from_there(
    connection: asyncpg.Connection, commands: Commands, journal: Path
) -> None:
    commands.environment |= OLD_LOG
    await make_accounts(connection)
    append(journal, entries(QUEUED)[:HALF])
    assert (await commands.output("ingest", "postfix", "--journal")).startswith(f"{HALF} lines, ")
    append(journal, entries(QUEUED)[HALF:])
    assert (await commands.output("ingest", "postfix", "--journal")).startswith(f"{len(LINES) - HALF} lines, ")
    assert (await commands.output("ingest", "postfix", "--journal")).startswith("0 lines, 0 events, 0 new rows,")


async def test_the_queue_is_followed_beside_a_log(
    connection: asyncpg.Connection, database_url: str, log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "postqueue").write_text("#!/bin/sh\necho '{}'\n")
    (tmp_path / "postqueue").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    await make_accounts(connection)
    append(log, LINES[:HALF])
    sources = [*PostfixLogs([str(log)], year=2026, time_zone=UTC).to_follow(), postfix_queue("relay1")]
    async with following(Follower(database_url, SETTINGS, sources, lambda: NOW, 20, 0.01)):
        await read_lines(connection, log, HALF)
        await become(connection, "select recent_lines from ingest_source where name = 'queue of relay1'", value=1)


async def test_something_is_to_be_read(commands: Commands) -> None:
    assert "name a FILE, or pass --journal" in await commands.misuse("ingest", "postfix")
