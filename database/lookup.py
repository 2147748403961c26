"""Activities by their ids: those of one account, in one statement."""

from collections.abc import Collection, Mapping
from functools import lru_cache
from uuid import UUID

import asyncpg
from sqlalchemy import ARRAY, Table, Uuid, any_, bindparam, select

from auth.viewer import ReadableAccount
from database.pool import Pools
from database.sent import sent
from database.statement import Statement, compile_statement
from models.activity import SmtpActivity

_ACTIVITY: Table = SmtpActivity.metadata.tables["smtp_activity"]
_KEPT_STATEMENTS = 100


async def read_activities(
    pools: Pools, account: ReadableAccount, ids: Collection[UUID], columns: frozenset[str]
) -> Mapping[UUID, asyncpg.Record]:
    """The rows (`id` and the asked columns, all as they are `sent`) by id; what the account lacks is left out."""
    if not ids:
        return {}
    statement = _by_ids(columns)
    values = {"account_id": account, "ids": list(ids), "first_id": min(ids), "last_id": max(ids)}
    records = await pools.page.fetch(statement.sql, *statement.arguments(values))
    return {UUID(record["id"]): record for record in records}


# Which of these ids does the account have? Served by the primary key. The first and the last id leave out the other
# months, which PostgreSQL cannot tell from an array that is a parameter.
@lru_cache(_KEPT_STATEMENTS)
def _by_ids(columns: frozenset[str]) -> Statement:
    return compile_statement(
        select(*(sent(_ACTIVITY.c[name]) for name in sorted(columns | {"id"}))).where(
            _ACTIVITY.c.account_id == bindparam("account_id"),
            _ACTIVITY.c.id == any_(bindparam("ids", type_=ARRAY(Uuid))),
            _ACTIVITY.c.id.between(bindparam("first_id"), bindparam("last_id")),
        )
    )
