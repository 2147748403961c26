"""The addresses that were erased (`erased_address`): looked up for a batch, and remembered."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

import asyncpg
from sqlalchemy import ARRAY, LargeBinary, Table, any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import insert

from database.statement import compile_statement
from models.erased_address import ErasedAddress
from models.erasure import Erased, Erasures, address_digest

_TABLE: Table = ErasedAddress.metadata.tables["erased_address"]

# Was anything erased at all? Reads one row, or none.
_ANY = "select exists (select from erased_address)"
# Which of these addresses were erased, and for whom. Served by the primary key.
_FIND = compile_statement(
    select(_TABLE.c.digest, _TABLE.c.account_id, _TABLE.c.erased_at, _TABLE.c.pseudonymised).where(
        _TABLE.c.digest == any_(bindparam("digests", type_=ARRAY(LargeBinary)))
    )
)
_insert = insert(_TABLE).values({column.name: bindparam(column.name) for column in _TABLE.columns})
# An address is erased up to now; what was removed does not come back under a pseudonym. By primary key.
_REMEMBER = compile_statement(
    _insert.on_conflict_do_update(
        index_elements=list(_TABLE.primary_key),
        set_={
            "erased_at": func.greatest(_TABLE.c.erased_at, _insert.excluded.erased_at),
            "pseudonymised": _TABLE.c.pseudonymised & _insert.excluded.pseudonymised,
        },
    )
)
# Accounts that have erased addresses. A scan: the table is small.
ACCOUNTS_WITH_ERASURES = "select distinct account_id from erased_address order by 1"


async def load_erasures(connection: asyncpg.Connection, id_key: bytes, addresses: Iterable[str]) -> Erasures:
    """What of these addresses was erased: one look-up, whatever their number."""
    known: defaultdict[bytes, dict[int, Erased]] = defaultdict(dict)
    if await connection.fetchval(_ANY):
        digests = {address_digest(id_key, address) for address in set(addresses)}
        for digest, account_id, *erased in await connection.fetch(_FIND.sql, list(digests)):
            known[digest][account_id] = Erased(*erased)
    return Erasures(id_key, known)


async def remember_erasure(
    connection: asyncpg.Connection, *, digest: bytes, account_id: int, erased_at: datetime, pseudonymised: bool
) -> None:
    """Let no log bring an account's address back."""
    values = {"digest": digest, "account_id": account_id, "erased_at": erased_at, "pseudonymised": pseudonymised}
    await connection.execute(_REMEMBER.sql, *_REMEMBER.arguments(values))
