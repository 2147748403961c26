"""From a log to the store: what is remembered of a log, and what moves when its times are moved."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg

from database.source_progress import SourceProgress, find_progress
from database.store import Store
from ingest.pipeline import Pipeline
from ingest.postfix_reader import PostfixReader
from ingest.tally import Tally
from tests.ingest.test_recorded_logs import NOW, QUEUED, read, store

__all__ = ["store"]  # a fixture

LAST_LINE = datetime(2026, 11, 23, 18, 48, 54, tzinfo=UTC)


async def test_how_far_a_log_was_read_is_kept_under_its_path(store: Store, connection: asyncpg.Connection) -> None:
    await read(store, QUEUED, lines_per_batch=100)
    progress = await find_progress(connection, str(QUEUED.resolve()))
    assert progress is not None
    assert (progress.position, progress.shift_seconds) == (QUEUED.stat().st_size, 0)
    assert await recorded_up_to(connection) == [LAST_LINE]


async def recorded_up_to(connection: asyncpg.Connection) -> list[datetime]:
    return [record[0] for record in await connection.fetch("select recorded_up_to from ingest_source")]


async def test_what_a_log_speaks_of_does_not_go_back_when_it_is_cut_and_read_again(
    store: Store, connection: asyncpg.Connection, tmp_path: Path
) -> None:
    log = tmp_path / "mail.log"
    log.write_bytes(QUEUED.read_bytes())
    await read(store, log)
    log.write_bytes(b"".join(QUEUED.read_bytes().splitlines(keepends=True)[:20]))
    await read(store, log)
    assert await recorded_up_to(connection) == [LAST_LINE]


async def test_a_log_that_was_not_read_is_not_known(store: Store, connection: asyncpg.Connection) -> None:
    assert await find_progress(connection, "mail.log") is None


async def test_a_moved_log_keeps_its_intervals_and_its_name(store: Store, connection: asyncpg.Connection) -> None:
    await read(store, QUEUED)
    before = await times(connection)
    await connection.execute("truncate smtp_activity, smtp_event, relay_message, ingest_source")
    shift = timedelta(days=-3, seconds=5)
    pipeline = Pipeline(store, lambda: NOW, shift=shift, source_name="demo")
    await PostfixReader(pipeline, year=2026, time_zone=UTC).read(str(QUEUED), Tally())
    assert await times(connection) == [(sent_at + shift, changed_at + shift) for sent_at, changed_at in before]
    progress = await find_progress(connection, "demo")
    assert isinstance(progress, SourceProgress)
    assert progress.shift_seconds == shift.total_seconds()


async def times(connection: asyncpg.Connection) -> list[tuple[datetime, datetime]]:
    return sorted(map(tuple, await connection.fetch("select sent_at, status_changed_at from smtp_activity")))
