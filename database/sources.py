"""What the sources of events have told so far."""

from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import col

from database.pool import Pools
from database.statement import compile_statement
from models.source import IngestSource

# Up to which instant is anything recorded? One row a source, so no index is needed.
_RECORDED_UP_TO = compile_statement(select(func.max(col(IngestSource.recorded_up_to))))


async def recorded_up_to(pools: Pools) -> datetime | None:
    """The newest instant that a source has spoken of, in UTC; None before the first."""
    instant: datetime | None = await pools.page.fetchval(_RECORDED_UP_TO.sql)
    return instant
