"""How far back messages are kept: the installation's retention, and the shorter one of an account."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg
from sqlalchemy import ARRAY, BigInteger, Table, any_, bindparam, select

from database.batch import Batch
from database.statement import compile_statement
from models.account import Account

_ACCOUNT: Table = Account.metadata.tables["account"]
_SHORTER = _ACCOUNT.c.retention_days < bindparam("days")
# Accounts that keep less than the installation. A scan: once a night.
_ALL = compile_statement(select(_ACCOUNT.c.id, _ACCOUNT.c.retention_days).where(_SHORTER).order_by(_ACCOUNT.c.id))
# Which of these do? Served by the primary key.
_OF = compile_statement(
    select(_ACCOUNT.c.id, _ACCOUNT.c.retention_days).where(
        _ACCOUNT.c.id == any_(bindparam("accounts", type_=ARRAY(BigInteger))), _SHORTER
    )
)
# The shortest that an account can have (a constraint of `account`).
SHORTEST_RETENTION = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Retention:
    """The installation's retention, and what follows from it; an account's can only be shorter."""

    period: timedelta

    def earliest(self, now: datetime) -> datetime:
        """The arrival of the oldest message that is kept."""
        return now - self.period

    async def shorter(self, connection: asyncpg.Connection, now: datetime) -> dict[int, datetime]:
        """The same of the accounts that keep less, by account."""
        records = await connection.fetch(_ALL.sql, *_ALL.arguments({"days": self.period.days}))
        return {account_id: now - timedelta(days=days) for account_id, days in records}

    async def leave_out(self, connection: asyncpg.Connection, batch: Batch, now: datetime) -> int:
        """Drop from a batch what is too old to be stored, and count it: what `maintain` deleted does not come back."""
        owners = {batch.facts_of(key).owner for key in batch.reports if key.arrived_at < now - SHORTEST_RETENTION}
        return batch.leave_out(await self.earliest_of(connection, owners, now), self.earliest(now)) if owners else 0

    async def earliest_of(
        self, connection: asyncpg.Connection, accounts: Collection[int], now: datetime
    ) -> dict[int, datetime]:
        """The arrival of the oldest message that is kept, of those of these accounts that keep less."""
        values = {"accounts": list(accounts), "days": self.period.days}
        records = await connection.fetch(_OF.sql, *_OF.arguments(values))
        return {account_id: now - timedelta(days=days) for account_id, days in records}
