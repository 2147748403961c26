"""Revocations as every worker knows them: held in memory, kept current by PostgreSQL's notifications (NOTIFY).

Whenever it is not certain that nothing was missed, the tables are asked for each token instead.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime

import asyncpg
from sqlalchemy import bindparam, func, select
from sqlalchemy.dialects.postgresql import insert

from auth.claims import Claims
from auth.revocation import Revoked
from database.errors import DatabaseRoomError
from database.pool import DATABASE_FAILURES, AnyConnection, connect
from database.statement import compile_statement
from models.access_token import AccessToken, TokenRevocation

_log = logging.getLogger(__name__)

# As migration m0005 calls it.
_CHANNEL = "smtp_activity_revocation"
# A connection that died without a word is noticed by asking it for an answer: this often, for this long.
_HEARTBEAT_SECONDS = 1
_ANSWER_SECONDS = 2
_RETRY_SECONDS = 1

_TOKEN = AccessToken.metadata.tables["access_token"]
_SUBJECT = TokenRevocation.metadata.tables["token_revocation"]
# Revoked tokens that would hold otherwise. Served by the partial index on `expires_at`.
_TOKENS = compile_statement(
    select(_TOKEN.c.id).where(_TOKEN.c.revoked_at.is_not(None), _TOKEN.c.expires_at > bindparam("expired"))
)
# What was revoked of an issuer's tokens. Served by the primary key.
_SUBJECTS = compile_statement(
    select(_SUBJECT.c.subject, _SUBJECT.c.issued_before).where(_SUBJECT.c.issuer == bindparam("issuer"))
)
# What was revoked of one token: itself, and its subject's. Served by both primary keys.
_ONE = compile_statement(
    select(
        select(_TOKEN.c.id)
        .where(_TOKEN.c.id == bindparam("token_id"), _TOKEN.c.revoked_at.is_not(None))
        .scalar_subquery(),
        select(_SUBJECT.c.issued_before)
        .where(_SUBJECT.c.issuer == bindparam("issuer"), _SUBJECT.c.subject == bindparam("subject"))
        .scalar_subquery(),
    )
)
# A subject's tokens issued before an instant hold no more; what was revoked before stays so. By primary key.
_insert = insert(TokenRevocation).values({column.name: bindparam(column.name) for column in _SUBJECT.columns})
_REVOKE = compile_statement(
    _insert.on_conflict_do_update(
        index_elements=[_SUBJECT.c.issuer, _SUBJECT.c.subject],
        set_={"issued_before": func.greatest(_SUBJECT.c.issued_before, _insert.excluded.issued_before)},
    )
)


class Revocations:
    """Knows whether a token was revoked; made by `open_revocations`."""

    def __init__(self, pool: asyncpg.Pool, issuer: str, expired: Callable[[], datetime]) -> None:
        self._pool = pool
        self._issuer = issuer
        self._expired = expired
        # None: something was, or may have been, revoked since.
        self._known: Revoked | None = None
        self._changed = asyncio.Event()

    async def cover(self, claims: Claims) -> bool:
        """Whether the token was revoked by now."""
        known = self._known
        if known is None:
            known = await self._ask(claims)
        return known.covers(claims)

    def outdate(self) -> None:
        """What is known is no longer certain: it is read anew, and until then the tables are asked for each token."""
        self._known = None
        self._changed.set()

    async def listen(self, connection: asyncpg.Connection) -> None:
        """Begin to hear of revocations, then read what there is: in this order, nothing is missed."""
        connection.add_termination_listener(self._on_end)
        await connection.add_listener(_CHANNEL, self._on_notification)
        self.outdate()
        await self._read(connection)

    async def follow(self, connection: asyncpg.Connection) -> None:
        """Stay current for as long as the connection lives; raises what ends it."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(_HEARTBEAT_SECONDS):
                    await self._changed.wait()
            if self._changed.is_set():
                await self._read(connection)
            else:
                await connection.fetchval("select 1", timeout=_ANSWER_SECONDS)

    async def _read(self, connection: asyncpg.Connection) -> None:
        self._changed.clear()
        tokens = await connection.fetch(_TOKENS.sql, self._expired(), timeout=_ANSWER_SECONDS)
        subjects = await connection.fetch(_SUBJECTS.sql, self._issuer, timeout=_ANSWER_SECONDS)
        # Who was told of another one meanwhile reads once more.
        if not self._changed.is_set():
            self._known = Revoked(frozenset(record["id"] for record in tokens), {name: at for name, at in subjects})

    async def _ask(self, claims: Claims) -> Revoked:
        values = {"token_id": claims.token_id, "issuer": self._issuer, "subject": claims.subject}
        ((token_id, issued_before),) = await self._pool.fetch(_ONE.sql, *_ONE.arguments(values))
        return Revoked(
            frozenset() if token_id is None else frozenset({token_id}),
            {} if issued_before is None else {claims.subject: issued_before},
        )

    def _on_notification(self, *_: object) -> None:
        self.outdate()

    def _on_end(self, _connection: object) -> None:
        self.outdate()


@asynccontextmanager
async def open_revocations(
    url: str, pool: asyncpg.Pool, *, issuer: str, expired: Callable[[], datetime]
) -> AsyncIterator[Revocations]:
    """Revocations, current from the start; `expired` tells when a token ended by itself that ends to be accepted now.

    It holds a connection of its own beside the pool's; raises DatabaseUnusable when there is none.
    """
    revocations = Revocations(pool, issuer, expired)
    connection = await _listening(revocations, url)
    keeping = asyncio.create_task(_keep_current(revocations, url, connection))
    try:
        yield revocations
    finally:
        keeping.cancel()
        with suppress(asyncio.CancelledError):
            await keeping
        # For a task that was cancelled before it began.
        connection.terminate()


async def revoke_subject(connection: AnyConnection, *, issuer: str, subject: str, issued_before: datetime) -> None:
    """End an issuer's tokens for a subject, those issued before an instant. Every worker is told (migration m0005)."""
    values = {"issuer": issuer, "subject": subject, "issued_before": issued_before}
    await connection.execute(_REVOKE.sql, *_REVOKE.arguments(values))


async def _keep_current(revocations: Revocations, url: str, connection: asyncpg.Connection) -> None:
    while True:
        try:
            await revocations.follow(connection)
        except DATABASE_FAILURES as error:
            _log.warning("revocations are asked for token by token: %s", type(error).__name__)
        finally:
            revocations.outdate()
            # Not closed politely: the server may be unable to answer.
            connection.terminate()
        connection = await _reconnect(revocations, url)


async def _reconnect(revocations: Revocations, url: str) -> asyncpg.Connection:
    while True:
        await asyncio.sleep(_RETRY_SECONDS)
        try:
            connection = await _listening(revocations, url)
        except (DatabaseRoomError, *DATABASE_FAILURES):
            continue
        _log.info("revocations are heard of again")
        return connection


async def _listening(revocations: Revocations, url: str) -> asyncpg.Connection:
    connection = await connect(url)
    try:
        await revocations.listen(connection)
    except BaseException:
        connection.terminate()
        raise
    return connection
