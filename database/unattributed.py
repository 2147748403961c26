"""Events that were put aside because nobody could tell their account, tried again after a mapping was added."""

from typing import NamedTuple

import asyncpg
from sqlalchemy import exists, or_, select
from sqlmodel import col

from database.put_aside import count_put_aside
from database.statement import compile_statement
from database.store import Store
from models.account import SendingDomain, SmtpCredential
from models.clock import Clock
from models.message import UnattributedEvent

BATCH_SIZE = 1000

# Messages and refusals of which somebody is the owner by now. A scan, with both mappings by their primary keys.
_OWNED = compile_statement(
    select(col(UnattributedEvent.reference))
    .distinct()
    .where(
        or_(
            exists().where(col(SmtpCredential.user_name) == col(UnattributedEvent.user_name)),
            exists().where(col(SendingDomain.domain) == col(UnattributedEvent.sender_domain)),
        )
    )
    .order_by(col(UnattributedEvent.reference))
)


class Retried(NamedTuple):
    """How many rows came of it, how many events were too old, and how many are still unattributed."""

    new_rows: int
    changed_rows: int
    out_of_bounds: int
    unattributed: int


async def retry_unattributed(
    connection: asyncpg.Connection, store: Store, clock: Clock, *, batch_size: int = BATCH_SIZE
) -> Retried:
    """Find the accounts of kept events, so many messages a transaction: it may be stopped and repeated.

    A domain counts for trusted clients alone, so an event with a known domain may stay where it is.
    """
    references = [record[0] for record in await connection.fetch(_OWNED.sql)]
    new_rows = changed_rows = out_of_bounds = 0
    for start in range(0, len(references), batch_size):
        recorded = await store.retry(references[start : start + batch_size], clock())
        new_rows += recorded.new_rows
        changed_rows += recorded.changed_rows
        out_of_bounds += recorded.out_of_bounds
    return Retried(new_rows, changed_rows, out_of_bounds, (await count_put_aside(connection)).unattributed)
