"""How far each log was read (`ingest_source`)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import exp
from typing import NamedTuple

import asyncpg
from sqlalchemy import bindparam, extract, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from database.errors import DatabaseRoomError
from database.pool import AnyConnection, Pools
from database.statement import compile_statement
from models.source import IngestSource

# A line counts for a third after this time, as in a machine's load average.
RECENT = timedelta(minutes=5)
# A process that was killed reads a log as far as the server knows, until its statement has ended.
_TRIES, _SECONDS_BETWEEN_TRIES = 50, 0.1
_TRY = "select pg_try_advisory_lock(hashtext('ingest source'), hashtext($1))"


class SourceBusy(DatabaseRoomError):
    """Another process reads this log at the moment: wait for it to end, or read another one."""

    code = "SOURCE_BUSY"


@dataclass(frozen=True, slots=True)
class SourceProgress:
    """A log's name, its first line's hash, bytes read, and by how much its times were moved.

    `reader_state` is what the reader of a followed log holds there; `lines` were read since the position before.
    """

    name: str
    fingerprint: str
    position: int
    shift_seconds: int = 0
    reader_state: str | None = None
    lines: int = 0


class SourceStatus(NamedTuple):
    """What an operator wants to know of a source; `recent_lines` are those of `RECENT` as of `updated_at`."""

    name: str
    fingerprint: str
    position: int
    recorded_up_to: datetime | None
    updated_at: datetime
    recent_lines: float

    def lines_a_minute(self, now: datetime) -> float:
        """How fast lines came lately."""
        passed = max(now - self.updated_at, timedelta())
        return self.recent_lines * exp(-(passed / RECENT)) / (RECENT / timedelta(minutes=1))


_REPLACED = ("fingerprint", "position", "shift_seconds", "updated_at", "reader_state")
_FIELDS = ("name", "recorded_up_to", "recent_lines", *_REPLACED)
_insert = insert(IngestSource).values({name: bindparam(name) for name in _FIELDS})
_passed = extract("epoch", _insert.excluded.updated_at - col(IngestSource.updated_at))
# A clock that stepped back makes no lines, and PostgreSQL refuses an exponential that is nearly zero.
_ages = func.least(func.greatest(_passed / RECENT.total_seconds(), 0), 50)
# How far a log was read; what it speaks of never goes back, though it may be read again. By primary key.
_SAVE = compile_statement(
    _insert.on_conflict_do_update(
        index_elements=[col(IngestSource.name)],
        set_={
            **{name: _insert.excluded[name] for name in _REPLACED},
            "recent_lines": col(IngestSource.recent_lines) * func.exp(-_ages) + _insert.excluded.recent_lines,
            "recorded_up_to": func.greatest(col(IngestSource.recorded_up_to), _insert.excluded.recorded_up_to),
        },
    )
)
# What is known of one log. By primary key.
_FIND = compile_statement(
    select(
        col(IngestSource.name),
        col(IngestSource.fingerprint),
        col(IngestSource.position),
        col(IngestSource.shift_seconds),
        col(IngestSource.reader_state),
    ).where(col(IngestSource.name) == bindparam("name"))
)
# All sources by name. One row each, so no index is needed.
_LIST = compile_statement(
    select(*(col(getattr(IngestSource, name)) for name in SourceStatus._fields)).order_by(col(IngestSource.name))
)
# Up to which instant is anything recorded? One row a source, so no index is needed.
_RECORDED_UP_TO = compile_statement(select(func.max(col(IngestSource.recorded_up_to))))


async def save_progress(
    connection: asyncpg.Connection, progress: SourceProgress, *, recorded_up_to: datetime | None, now: datetime
) -> None:
    """Write how far a log was read, and up to when it speaks, inside the transaction that writes its events."""
    values = {
        "name": progress.name,
        "fingerprint": progress.fingerprint,
        "position": progress.position,
        "recorded_up_to": recorded_up_to,
        "shift_seconds": progress.shift_seconds,
        "updated_at": now,
        "reader_state": progress.reader_state,
        "recent_lines": progress.lines,
    }
    await connection.execute(_SAVE.sql, *_SAVE.arguments(values))


async def find_progress(connection: asyncpg.Connection, name: str) -> SourceProgress | None:
    """How far a log was read before; None: never."""
    record = await connection.fetchrow(_FIND.sql, *_FIND.arguments({"name": name}))
    return None if record is None else SourceProgress(*record.values())


async def list_sources(connection: AnyConnection) -> list[SourceStatus]:
    """All that was ever read, by name."""
    return [SourceStatus(*record.values()) for record in await connection.fetch(_LIST.sql)]


async def recorded_up_to(pools: Pools) -> datetime | None:
    """The newest instant that a source has spoken of, in UTC; None before the first."""
    instant: datetime | None = await pools.page.fetchval(_RECORDED_UP_TO.sql)
    return instant


@asynccontextmanager
async def reading(connection: asyncpg.Connection, name: str) -> AsyncIterator[None]:
    """Keep other processes from reading the same log meanwhile; raises SourceBusy after some seconds."""
    for _ in range(_TRIES):
        if await connection.fetchval(_TRY, name):
            break
        await asyncio.sleep(_SECONDS_BETWEEN_TRIES)
    else:
        raise SourceBusy(f"{name}: another process reads it at the moment; wait for it to end.")
    try:
        yield
    finally:
        await connection.execute("select pg_advisory_unlock(hashtext('ingest source'), hashtext($1))", name)
