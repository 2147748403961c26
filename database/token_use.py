"""When an access token was last used: to the hour, and written once an hour by each worker."""

import logging
from datetime import datetime
from uuid import UUID

import asyncpg
from sqlalchemy import bindparam, or_, update

from database.pool import DATABASE_FAILURES
from database.statement import compile_statement
from models.access_token import AccessToken

_log = logging.getLogger(__name__)

_TABLE = AccessToken.metadata.tables["access_token"]
# The token was used in this hour, unless another worker has said so. Served by the primary key.
_NOTE = compile_statement(
    update(AccessToken)
    .where(
        _TABLE.c.id == bindparam("token_id"),
        or_(_TABLE.c.last_used_at.is_(None), _TABLE.c.last_used_at < bindparam("hour")),
    )
    .values(last_used_at=bindparam("hour"))
)


class TokenUse:
    """Remembers the tokens of the current hour, so that a token costs one statement an hour."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._hour: datetime | None = None
        self._noted: set[UUID] = set()

    async def note(self, token_id: UUID, now: datetime) -> None:
        """The token is being used. A failure is logged and no more: it must not keep the caller from an answer."""
        hour = now.replace(minute=0, second=0, microsecond=0)
        if hour != self._hour:
            self._hour, self._noted = hour, set()
        if token_id in self._noted:
            return
        self._noted.add(token_id)
        try:
            await self._pool.execute(_NOTE.sql, *_NOTE.arguments({"token_id": token_id, "hour": hour}))
        except DATABASE_FAILURES as error:
            _log.warning("the use of an access token could not be noted: %s", type(error).__name__)
