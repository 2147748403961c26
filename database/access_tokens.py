"""Access tokens of accounts by id and metadata: recorded when issued, listed, revoked. The tokens are never here."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import asyncpg
from sqlalchemy import ARRAY, Uuid, any_, bindparam, exists, func, insert, select, update

from auth.permissions import Permission
from auth.viewer import ManagedAccount
from database.cursor import TokenOrder, decode_cursor
from database.errors import DatabaseRoomError, InvalidInput
from database.page import MAX_ROWS
from database.pool import AnyConnection
from database.statement import compile_statement
from models.access_token import AccessToken
from models.account import Account
from models.activity_id import TOP_ID

_TABLE = AccessToken.metadata.tables["access_token"]
_ACCOUNT = Account.metadata.tables["account"]
_SHOWN = ("id", "name", "permissions", "created_at", "expires_at", "last_used_at", "revoked_at")
_COLUMNS = [_TABLE.c[name] for name in _SHOWN]
_OF_ACCOUNT = _TABLE.c.account_id == bindparam("account_id")
_BY_ID = _TABLE.c.id == bindparam("token_id")

# A new token.
_ADD = compile_statement(
    insert(AccessToken).values({name: bindparam(name) for name in ("account_id", *_SHOWN[:5])}).returning(*_COLUMNS)
)
# An account's tokens before an id, newest first. Served by the index on (account_id, id), read backwards.
_PAGE = compile_statement(
    select(*_COLUMNS)
    .where(_OF_ACCOUNT, _TABLE.c.id < bindparam("before_id"))
    .order_by(_TABLE.c.id.desc())
    .limit(bindparam("limit"))
)
# Has the account a token of this id, or a newer one? Served by the same index.
_ANY_FROM = compile_statement(select(exists().where(_OF_ACCOUNT, _TABLE.c.id >= bindparam("first_id"))))
# Which of these are the account's? Served by the same index.
_FIND = compile_statement(
    select(*_COLUMNS).where(_OF_ACCOUNT, _TABLE.c.id == any_(bindparam("ids", type_=ARRAY(Uuid))))
)
# End a token; one that was revoked before stays so since then. Served by the primary key, as the next one is.
_END = update(AccessToken).values(revoked_at=func.coalesce(_TABLE.c.revoked_at, bindparam("now"))).returning(*_COLUMNS)
_REVOKE = compile_statement(_END.where(_OF_ACCOUNT, _BY_ID))
# The same for an operator, who may end everybody's.
_REVOKE_ANYONES = compile_statement(_END.where(_BY_ID))

# All tokens that hold, and whose they are. Reads the whole table.
_HOLDING = compile_statement(
    select(_ACCOUNT.c.external_id, *_COLUMNS)
    .join(_TABLE, _TABLE.c.account_id == _ACCOUNT.c.id)
    .where(_TABLE.c.revoked_at.is_(None), _TABLE.c.expires_at > bindparam("now"))
    .order_by(_ACCOUNT.c.external_id, _TABLE.c.id.desc())
)


class UnknownToken(DatabaseRoomError):
    """There is no such access token."""

    code = "UNKNOWN_TOKEN"

    def __init__(self, token_id: UUID) -> None:
        super().__init__(f"There is no access token {token_id}: see `smtp-activity token list`.")


class IssuedToken(NamedTuple):
    """What is told of a token; times are aware."""

    id: UUID
    name: str
    permissions: tuple[Permission, ...]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


class TokenPage(NamedTuple):
    """Tokens, newest first, and whether more follow or precede."""

    tokens: list[IssuedToken]
    has_next: bool
    has_previous: bool


async def add_token(
    pool: asyncpg.Pool,
    account: ManagedAccount,
    *,
    token_id: UUID,
    name: str,
    permissions: Iterable[Permission],
    created_at: datetime,
    expires_at: datetime,
) -> IssuedToken:
    """Record a token that is about to be handed out."""
    values = {
        "account_id": account,
        "id": token_id,
        "name": name,
        "permissions": list(permissions),
        "created_at": created_at,
        "expires_at": expires_at,
    }
    (record,) = await pool.fetch(_ADD.sql, *_ADD.arguments(values))
    return _token(record)


async def read_tokens(pool: asyncpg.Pool, account: ManagedAccount, *, first: int, after: str | None) -> TokenPage:
    """The first 0 to 100 tokens after a cursor; raises InvalidInput (BadCursor among them)."""
    if not 0 <= first <= MAX_ROWS:
        raise InvalidInput(f"first must be from 0 to {MAX_ROWS}, not {first}.", ("first",))
    position = None if after is None else decode_cursor(after, TokenOrder.NEWEST_FIRST)
    values = {"account_id": account, "before_id": position or TOP_ID, "first_id": position, "limit": first + 1}
    records = await pool.fetch(_PAGE.sql, *_PAGE.arguments(values))
    has_previous = position is not None and await pool.fetchval(_ANY_FROM.sql, *_ANY_FROM.arguments(values))
    return TokenPage([_token(record) for record in records[:first]], len(records) > first, has_previous)


async def find_tokens(pool: asyncpg.Pool, account: ManagedAccount, ids: Collection[UUID]) -> dict[UUID, IssuedToken]:
    """The account's own among these, by id."""
    records = await pool.fetch(_FIND.sql, *_FIND.arguments({"account_id": account, "ids": list(ids)}))
    return {record["id"]: _token(record) for record in records}


async def revoke_token(
    pool: asyncpg.Pool, account: ManagedAccount, token_id: UUID, now: datetime
) -> IssuedToken | None:
    """End a token of the account; None when it has no such token. Every worker is told (migration m0005)."""
    values = {"account_id": account, "token_id": token_id, "now": now}
    record = await pool.fetchrow(_REVOKE.sql, *_REVOKE.arguments(values))
    return None if record is None else _token(record)


async def list_holding_tokens(connection: AnyConnection, now: datetime) -> list[tuple[str, IssuedToken]]:
    """For an operator: the tokens that hold now, by account (its external id), newest first."""
    records = await connection.fetch(_HOLDING.sql, *_HOLDING.arguments({"now": now}))
    return [(record["external_id"], _token(record)) for record in records]


async def revoke_anyones_token(connection: AnyConnection, token_id: UUID, now: datetime) -> IssuedToken:
    """End a token, whoever's it is, for an operator; raises UnknownToken."""
    record = await connection.fetchrow(
        _REVOKE_ANYONES.sql, *_REVOKE_ANYONES.arguments({"token_id": token_id, "now": now})
    )
    if record is None:
        raise UnknownToken(token_id)
    return _token(record)


def _token(record: asyncpg.Record) -> IssuedToken:
    token = IssuedToken(*(record[name] for name in _SHOWN))
    return token._replace(permissions=tuple(map(Permission, token.permissions)))
