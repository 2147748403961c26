"""SMTP user names and sending domains: each belongs to one account, and no other account takes it by just asking."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import asyncpg
from sqlalchemy import ARRAY, BigInteger, Table, Text, any_, bindparam, cast, column, delete, exists, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from database.account_errors import NameTaken
from database.accounts import get_account
from database.pool import AnyConnection
from database.statement import Statement, compile_statement
from models.account import Account


class OwnedName(NamedTuple):
    """A name and the external id of its account."""

    name: str
    owner: str


class Replaced(NamedTuple):
    """What `OwnedNames.replace` did; `taken` belongs to others and was left to them."""

    added: int
    removed: int
    taken: list[OwnedName]


@dataclass(frozen=True, slots=True)
class OwnedNames:
    """One table of names; `what` is the word for one of them."""

    what: str
    _claim: Statement
    _taken: Statement
    _release: Statement
    _list: Statement

    async def add(self, connection: AnyConnection, external_id: str, name: str) -> bool:
        """Whether it was new; raises UnknownAccount, and NameTaken when it is another account's."""
        account = await get_account(connection, external_id)
        pairs = {"names": [name], "account_ids": [account.id]}
        added = _count(await connection.execute(self._claim.sql, *self._claim.arguments(pairs)))
        for taken, owner in await self._others(connection, pairs):
            raise NameTaken(self.what, taken, owner)
        return added == 1

    async def replace(self, connection: AnyConnection, wanted: Mapping[int, frozenset[str]]) -> Replaced:
        """Make these names, and no others, those of these account ids; in the caller's transaction."""
        # In one order everywhere, so that two of these at once wait for each other rather than lock up.
        pairs = sorted((name, account_id) for account_id, names in wanted.items() for name in names)
        values: dict[str, object] = {
            "names": [name for name, _ in pairs],
            "account_ids": [account_id for _, account_id in pairs],
            "of_accounts": list(wanted),
        }
        removed = _count(await connection.execute(self._release.sql, *self._release.arguments(values)))
        added = _count(await connection.execute(self._claim.sql, *self._claim.arguments(values)))
        return Replaced(added, removed, await self._others(connection, values))

    async def listed(self, connection: AnyConnection, external_id: str | None = None) -> list[OwnedName]:
        """All names, or one account's, in their order; raises UnknownAccount."""
        if external_id is not None:
            await get_account(connection, external_id)
        return _owned(await connection.fetch(self._list.sql, *self._list.arguments({"external_id": external_id})))

    async def _others(self, connection: AnyConnection, values: Mapping[str, object]) -> list[OwnedName]:
        return _owned(await connection.fetch(self._taken.sql, *self._taken.arguments(values)))


def _owned_names(what: str, table: Table, name: str) -> OwnedNames:
    wanted = (
        func.unnest(cast(bindparam("names"), ARRAY(Text)), cast(bindparam("account_ids"), ARRAY(BigInteger)))
        .table_valued(column("name", Text), column("account_id", BigInteger), name="wanted")
        .render_derived()
    )
    owned = table.join(Account, table.c.account_id == col(Account.id))
    whose = select(table.c[name], col(Account.external_id)).order_by(table.c[name])
    only = cast(bindparam("external_id"), Text)
    return OwnedNames(
        what=what,
        # Give these names to their accounts, where nobody has them. Served by the primary key.
        _claim=compile_statement(
            insert(table)
            .from_select([name, "account_id"], select(wanted.c.name, wanted.c.account_id))
            .on_conflict_do_nothing()
        ),
        # Which of these names are another account's, and whose? Served by the primary keys of both tables.
        _taken=compile_statement(
            whose.select_from(owned.join(wanted, wanted.c.name == table.c[name])).where(
                table.c.account_id != wanted.c.account_id
            )
        ),
        # Take from these accounts what is not among these names. Served by the index on `account_id`.
        _release=compile_statement(
            delete(table).where(
                table.c.account_id == any_(bindparam("of_accounts", type_=ARRAY(BigInteger))),
                ~exists().where(wanted.c.name == table.c[name], wanted.c.account_id == table.c.account_id),
            )
        ),
        # All names, or those of one account; for people, who may wait for a scan.
        _list=compile_statement(whose.select_from(owned).where(or_(only.is_(None), col(Account.external_id) == only))),
    )


def _owned(records: list[asyncpg.Record]) -> list[OwnedName]:
    return [OwnedName(name, owner) for name, owner in records]


def _count(command_tag: str) -> int:
    """How many rows a command changed: the last word of what PostgreSQL answers, such as INSERT 0 3."""
    return int(command_tag.rpartition(" ")[2])


CREDENTIALS = _owned_names("SMTP user name", Account.metadata.tables["smtp_credential"], "user_name")
DOMAINS = _owned_names("sending domain", Account.metadata.tables["sending_domain"], "domain")
