"""Revocations: known at once, and never missed: who may have missed one asks the tables."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from auth.claims import Claims
from auth.permissions import Permission, Role
from auth.viewer import ManagedAccount
from database.access_tokens import UnknownToken, add_token, revoke_anyones_token, revoke_token
from database.pool import Pools, connect
from database.revocations import Revocations, open_revocations, revoke_subject
from models.access_token import new_token_id
from tests.conftest import NOW
from tests.database.watched import Sent, watched_pools

ISSUER = "https://relay.example"
AT = NOW.timestamp()
PIDS = "select pid from pg_stat_activity where datname = current_database()"


def claims(subject: str, *, issued_at: float | None = AT, token_id: UUID | None = None) -> Claims:
    return Claims(
        subject, "northwind", Role.CUSTOM, frozenset(), expires_at=AT + 60, issued_at=issued_at, token_id=token_id
    )


@pytest.fixture
async def account(connection: asyncpg.Connection) -> ManagedAccount:
    """An account."""
    return ManagedAccount(
        await connection.fetchval(
            "insert into account (external_id, name, time_zone) values ('northwind', 'N', 'UTC') returning id"
        )
    )


async def issued(pools: Pools, account: ManagedAccount, *, days: int = 1) -> UUID:
    """A new token that ends so many days from now; its id."""
    token_id, expires_at = new_token_id(NOW), NOW + timedelta(days=days)
    permissions = [Permission.ACCESS_SMTP_ACTIVITIES]
    await add_token(
        pools.page,
        account,
        token_id=token_id,
        name="CI",
        permissions=permissions,
        created_at=NOW,
        expires_at=expires_at,
    )
    return token_id


@asynccontextmanager
async def listening(
    url: str, issuer: str = ISSUER
) -> AsyncIterator[tuple[Revocations, asyncpg.Connection, list[Sent]]]:
    """Revocations that hear of changes and read them by nobody's doing, and what they ask the tables."""
    async with watched_pools(url) as (pools, sent):
        revocations = Revocations(pools.page, issuer, lambda: NOW)
        connection = await connect(url)
        try:
            await revocations.listen(connection)
            yield revocations, connection, sent
        finally:
            connection.terminate()


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait for what comes by itself."""
    async with asyncio.timeout(30):
        while not await condition():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.01)


async def test_what_was_revoked_before_is_known_from_the_start_without_asking(
    database_url: str, pools: Pools, connection: asyncpg.Connection, account: ManagedAccount
) -> None:
    ended, over, holding = (
        await issued(pools, account),
        await issued(pools, account, days=0),
        await issued(pools, account),
    )
    for token_id in (ended, over):
        await revoke_token(pools.page, account, token_id, NOW)
    await revoke_subject(connection, issuer=ISSUER, subject="alice", issued_before=NOW)
    await revoke_subject(connection, issuer="https://other.example", subject="bob", issued_before=NOW)
    async with listening(database_url) as (revocations, _, sent):
        tokens = [claims(str(id_), token_id=id_) for id_ in (ended, over, holding)]
        # The second has expired, so that nobody takes it and its revocation need not be remembered.
        assert [await revocations.cover(token) for token in tokens] == [True, False, False]
        assert await revocations.cover(claims("alice", issued_at=AT - 1))
        assert await revocations.cover(claims("alice", issued_at=None))
        assert not await revocations.cover(claims("alice"))
        assert not await revocations.cover(claims("bob", issued_at=None))
        assert sent == []


async def test_a_later_instant_replaces_an_earlier_one_and_not_the_reverse(
    database_url: str, connection: asyncpg.Connection
) -> None:
    for seconds in (0, 10, 5):
        await revoke_subject(connection, issuer=ISSUER, subject="alice", issued_before=NOW + timedelta(seconds=seconds))
    async with listening(database_url) as (revocations, _, _sent):
        assert await revocations.cover(claims("alice", issued_at=AT + 9))
        assert not await revocations.cover(claims("alice", issued_at=AT + 10))


@pytest.mark.parametrize("kind", ["token", "subject", "subject again"])
async def test_a_revocation_is_heard_of(
    database_url: str, pools: Pools, connection: asyncpg.Connection, account: ManagedAccount, kind: str
) -> None:
    token_id = await issued(pools, account)
    token = claims(str(token_id) if kind == "token" else "alice", issued_at=AT - 1, token_id=token_id)
    if kind == "subject again":
        await revoke_subject(connection, issuer=ISSUER, subject="alice", issued_before=NOW - timedelta(days=1))
    async with listening(database_url) as (revocations, _, _sent):
        assert not await revocations.cover(token)
        if kind == "token":
            await revoke_anyones_token(connection, token_id, NOW)
        else:
            await revoke_subject(connection, issuer=ISSUER, subject="alice", issued_before=NOW)
        # Nobody reads the list anew here: from the notification on, the tables are asked.
        await until(lambda: revocations.cover(token))


async def test_the_use_of_a_token_tells_nobody(
    database_url: str, pools: Pools, connection: asyncpg.Connection, account: ManagedAccount
) -> None:
    token_id = await issued(pools, account)
    async with listening(database_url) as (revocations, listener, sent):
        await connection.execute("update access_token set last_used_at = now() where id = $1", token_id)
        # An answer comes after all notifications that were sent before.
        await listener.fetchval("select 1")
        assert not await revocations.cover(claims("token", token_id=token_id))
        assert sent == []


async def test_without_its_connection_it_asks_for_each_token(
    database_url: str, pools: Pools, connection: asyncpg.Connection, account: ManagedAccount
) -> None:
    token_id = await issued(pools, account)
    token, alice = claims(str(token_id), token_id=token_id), claims("alice", issued_at=AT - 1)
    async with listening(database_url) as (revocations, listener, sent):
        await connection.execute("select pg_terminate_backend($1)", listener.get_server_pid())
        await until(lambda: asyncio.sleep(0, listener.is_closed()))
        assert not await revocations.cover(token)
        assert not await revocations.cover(alice)
        await revoke_token(pools.page, account, token_id, NOW)
        await revoke_subject(connection, issuer=ISSUER, subject="alice", issued_before=NOW)
        assert await revocations.cover(token)
        assert await revocations.cover(alice)
        # The driver tells of a statement at the next turn of the loop.
        await asyncio.sleep(0)
        assert len(sent) == 4


async def test_a_connection_that_ends_is_made_anew_and_what_was_missed_is_read(
    database_url: str,
    pools: Pools,
    connection: asyncpg.Connection,
    account: ManagedAccount,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("database.revocations._RETRY_SECONDS", 0)
    missed, later = await issued(pools, account), await issued(pools, account)
    async with watched_pools(database_url) as (watched, sent):
        before = {pid for (pid,) in await connection.fetch(PIDS)}

        async def listeners() -> set[int]:
            return {pid for (pid,) in await connection.fetch(PIDS)} - before

        async with open_revocations(database_url, watched.page, issuer=ISSUER, expired=lambda: NOW) as revocations:

            async def known_without_asking(token_id: UUID) -> bool:
                sent.clear()
                return await revocations.cover(claims("token", token_id=token_id)) and sent == []

            (first,) = await listeners()
            await connection.execute("select pg_terminate_backend($1)", first)
            await revoke_token(pools.page, account, missed, NOW)
            await until(lambda: known_without_asking(missed))
            assert first not in await listeners()
            await revoke_token(pools.page, account, later, NOW)
            await until(lambda: known_without_asking(later))
    assert await listeners() == set()


async def test_a_connection_that_does_not_answer_counts_as_lost(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("database.revocations._HEARTBEAT_SECONDS", 0)
    monkeypatch.setattr("database.revocations._ANSWER_SECONDS", 0.01)
    async with listening(database_url) as (revocations, listener, _):
        # A dead network: nothing arrives any more, and nobody says so.
        listener._transport.pause_reading()  # type: ignore[attr-defined]  # asyncpg has no such valve of its own
        async with asyncio.timeout(30) as patience:
            with pytest.raises(TimeoutError):
                await revocations.follow(listener)
        assert not patience.expired()


async def test_an_unknown_token_is_named(connection: asyncpg.Connection) -> None:
    with pytest.raises(UnknownToken, match="00000000-0000-0000-0000-000000000001"):
        await revoke_anyones_token(connection, UUID(int=1), NOW)
