"""Accounts: found for a caller, with a short memory; made, changed and listed for an operator."""

import asyncio
import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import NamedTuple, TypedDict
from zoneinfo import ZoneInfo

import asyncpg
from sqlalchemy import bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from auth.viewer import ViewerAccount
from database.account_errors import AccountExists, UnknownAccount
from database.pool import AnyConnection
from database.statement import Statement, compile_statement
from models.account import Account, SendingDomain, SmtpCredential
from models.clock import Clock
from models.time_zone import UnknownTimeZone, time_zone

_log = logging.getLogger(__name__)

_STATED = ("external_id", "name", "time_zone", "smtp_plan_active_until")
_TABLE = Account.metadata.tables["account"]
_COLUMNS = (_TABLE.c.id, *(_TABLE.c[name] for name in _STATED))
# Which account is called this? Served by the unique index on `external_id`.
_FIND = compile_statement(select(*_COLUMNS).where(_TABLE.c.external_id == bindparam("external_id")))
# A new account, unless there is one of that name. Served by the same index.
_CREATE = compile_statement(
    insert(Account)
    .values({name: bindparam(name) for name in _STATED})
    .on_conflict_do_nothing(index_elements=[_TABLE.c.external_id])
    .returning(_TABLE.c.id)
)
# All accounts, and how many names each has: reads the whole table, and the indexes on `account_id` for the counts.
_LIST = compile_statement(
    select(
        *_COLUMNS,
        *(
            select(func.count()).where(owner == _TABLE.c.id).scalar_subquery()
            for owner in (col(SmtpCredential.account_id), col(SendingDomain.account_id))
        ),
    ).order_by(_TABLE.c.external_id)
)


class AccountChanges(TypedDict, total=False):
    """What `update_account` is to change; what is left out stays.

    No plan: None; a plan without end: FOREVER. No retention of its own: None.
    """

    name: str
    time_zone: str
    smtp_plan_active_until: datetime | None
    retention_days: int | None


class ListedAccount(NamedTuple):
    """An account, and how many SMTP user names and sending domains it has."""

    account: ViewerAccount
    credential_count: int
    domain_count: int


class Lookups(NamedTuple):
    """How often a cache knew, and how often not."""

    hits: int
    misses: int


@dataclass(frozen=True, slots=True)
class _Read:
    """A read that is under way or done, and until when its result holds."""

    until: datetime
    account: asyncio.Task[ViewerAccount | None]


class Accounts:
    """The accounts that tokens name. A found account, or that there is none, is remembered for `ttl`."""

    MAX_REMEMBERED = 10_000

    def __init__(self, pool: asyncpg.Pool, clock: Clock, ttl: timedelta) -> None:
        self._pool = pool
        self._clock = clock
        self._ttl = ttl
        self._reads: dict[str, _Read] = {}
        self._hits = self._misses = 0

    @property
    def lookups(self) -> Lookups:
        """How often an account was remembered."""
        return Lookups(self._hits, self._misses)

    async def find(self, external_id: str) -> ViewerAccount | None:
        """The account, or None; who asks while it is being read waits for the same read."""
        now = self._clock()
        read = self._reads.get(external_id)
        if read is None or read.until <= now:
            self._misses += 1
            read = self._start(external_id, now)
        else:
            self._hits += 1
        if read.account.done():
            return read.account.result()
        # Shielded: a caller who gives up must not end the read for the others.
        return await asyncio.shield(read.account)

    def _start(self, external_id: str, now: datetime) -> _Read:
        read = _Read(now + self._ttl, asyncio.create_task(self._load(external_id)))
        # In the order of time, so that the one to forget stands first.
        self._reads.pop(external_id, None)
        self._reads[external_id] = read
        if len(self._reads) > self.MAX_REMEMBERED:
            del self._reads[next(iter(self._reads))]
        read.account.add_done_callback(lambda _: self._forget_failure(external_id, read))
        return read

    def _forget_failure(self, external_id: str, read: _Read) -> None:
        failed = read.account.cancelled() or read.account.exception() is not None
        if failed and self._reads.get(external_id) is read:
            del self._reads[external_id]

    async def _load(self, external_id: str) -> ViewerAccount | None:
        async with self._pool.acquire() as connection:
            return await find_account(connection, external_id)


async def find_account(connection: AnyConnection, external_id: str) -> ViewerAccount | None:
    """The account as the database has it now, or None."""
    record = await connection.fetchrow(_FIND.sql, *_FIND.arguments({"external_id": external_id}))
    return None if record is None else _viewer_account(record)


async def get_account(connection: AnyConnection, external_id: str) -> ViewerAccount:
    """The same for an operator; raises UnknownAccount."""
    account = await find_account(connection, external_id)
    if account is None:
        raise UnknownAccount(external_id)
    return account


async def create_account(
    connection: AnyConnection, *, external_id: str, name: str, time_zone: str, smtp_plan_active_until: datetime | None
) -> int:
    """The new account's id; raises AccountExists. The values obey `models.account_fields`."""
    values = {
        "external_id": external_id,
        "name": name,
        "time_zone": time_zone,
        "smtp_plan_active_until": smtp_plan_active_until,
    }
    account_id: int | None = await connection.fetchval(_CREATE.sql, *_CREATE.arguments(values))
    if account_id is None:
        raise AccountExists(external_id)
    return account_id


async def update_account(connection: AnyConnection, external_id: str, changes: AccountChanges) -> None:
    """Change at least one field; raises UnknownAccount. The values obey `models.account_fields`."""
    statement = _update(tuple(sorted(changes)))
    done = await connection.execute(statement.sql, *statement.arguments({"external_id": external_id, **changes}))
    if done == "UPDATE 0":
        raise UnknownAccount(external_id)


async def list_accounts(connection: AnyConnection) -> list[ListedAccount]:
    """All accounts by external id."""
    records = await connection.fetch(_LIST.sql)
    return [ListedAccount(_viewer_account(record), record[5], record[6]) for record in records]


@cache
def _update(columns: tuple[str, ...]) -> Statement:
    # New values for these columns of one account. Served by the unique index on `external_id`.
    return compile_statement(
        update(Account)
        .where(_TABLE.c.external_id == bindparam("external_id"))
        .values({column: bindparam(column) for column in columns})
    )


def _viewer_account(record: asyncpg.Record) -> ViewerAccount:
    account_id, external_id, name, zone, plan_end = record[:5]
    return ViewerAccount(account_id, external_id, name, _zone(zone, external_id), aware(plan_end))


def aware(instant: datetime | None) -> datetime | None:
    """asyncpg reads PostgreSQL's infinities as naive datetimes; all else is aware already."""
    return instant.replace(tzinfo=UTC) if instant is not None and instant.tzinfo is None else instant


def _zone(name: str, external_id: str) -> ZoneInfo:
    """UTC for an unknown zone, which was not written by us: an account with wrong offsets beats one locked out."""
    try:
        return time_zone(name)
    except UnknownTimeZone as error:
        _log.warning("account %s is shown in UTC: %s", external_id, error)
        return ZoneInfo("UTC")
