"""What ingest keeps aside, for the operator: how many events wait, and whose account is unknown."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, func, select
from sqlmodel import col

from database.pool import AnyConnection
from database.statement import compile_statement
from models.event import HandedOn
from models.message import ParkedEvent, UnattributedEvent

# Events that wait for their message; links between a message's legs are kept as well, but wait for nothing. A scan of
# working memory, which is small.
_WAITING = compile_statement(select(func.count()).where(col(ParkedEvent.kind) != bindparam("link")))
# Events whose account is unknown. A scan: asked by operators only.
_UNATTRIBUTED = compile_statement(select(func.count()).select_from(UnattributedEvent))
# The same by who sent them, most first. A scan.
_BY_SENDER = compile_statement(
    select(
        col(UnattributedEvent.user_name),
        col(UnattributedEvent.sender_domain),
        func.count(),
        func.min(col(UnattributedEvent.occurred_at)),
        func.max(col(UnattributedEvent.occurred_at)),
    )
    .group_by(col(UnattributedEvent.user_name), col(UnattributedEvent.sender_domain))
    .order_by(func.count().desc(), col(UnattributedEvent.user_name), col(UnattributedEvent.sender_domain))
)


class PutAside(NamedTuple):
    """How many events wait for their message, and how many for their account."""

    waiting: int
    unattributed: int


class UnknownSender(NamedTuple):
    """A user name or a sender's domain that no account has, how many events, the first and the last."""

    user_name: str | None
    sender_domain: str | None
    events: int
    first: datetime
    last: datetime


async def count_put_aside(connection: AnyConnection) -> PutAside:
    """What is kept aside now."""
    return PutAside(
        await connection.fetchval(_WAITING.sql, *_WAITING.arguments({"link": HandedOn.__struct_config__.tag})),
        await connection.fetchval(_UNATTRIBUTED.sql),
    )


async def unknown_senders(connection: AnyConnection) -> list[UnknownSender]:
    """Who sent what could not be attributed, most events first."""
    return [UnknownSender(*record) for record in await connection.fetch(_BY_SENDER.sql)]
