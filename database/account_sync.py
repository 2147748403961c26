"""Accounts made equal to what a host says of them, all or none; the same lines again change nothing."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import ARRAY, DateTime, Text, any_, bindparam, cast, column, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from database.account_errors import SyncRefused
from database.accounts import aware
from database.owned_names import CREDENTIALS, DOMAINS, Replaced
from database.pool import AnyConnection
from database.statement import compile_statement
from models.account import Account
from models.account_line import AccountLine, LineProblem, parse_lines

_VALUES = ("external_id", "name", "time_zone", "smtp_plan_active_until")
_TABLE = Account.metadata.tables["account"]

# What is known of these accounts. Served by the unique index on `external_id`.
_KNOWN = compile_statement(
    select(_TABLE.c.id, *(_TABLE.c[name] for name in _VALUES)).where(
        col(Account.external_id) == any_(bindparam("external_ids", type_=ARRAY(Text)))
    )
)
_STATED = (
    func.unnest(
        *(cast(bindparam(name), ARRAY(Text)) for name in _VALUES[:3]),
        cast(bindparam("smtp_plan_active_until"), ARRAY(DateTime(timezone=True))),
    )
    .table_valued(*(column(name) for name in _VALUES), name="stated")
    .render_derived()
)
_INSERT = insert(Account).from_select(_VALUES, select(*(_STATED.c[name] for name in _VALUES)))
# New and changed accounts. Served by the unique index on `external_id`.
_WRITE = compile_statement(
    _INSERT.on_conflict_do_update(
        index_elements=[_TABLE.c.external_id], set_={name: _INSERT.excluded[name] for name in _VALUES[1:]}
    ).returning(_TABLE.c.id, _TABLE.c.external_id)
)


class SyncSummary(NamedTuple):
    """How many accounts were created, changed and left as they were, and what became of their names."""

    created: int
    changed: int
    unchanged: int
    credentials: Replaced
    domains: Replaced


async def sync_accounts(connection: AnyConnection, lines: Iterable[bytes]) -> SyncSummary:
    """Apply lines of JSON (`models.account_line`) in one transaction; raises SyncRefused with every bad line.

    An account's user names and domains become those of its line; accounts without a line stay as they are.
    """
    accounts, problems = parse_lines(lines)
    if problems:
        raise SyncRefused(problems)
    async with connection.transaction():
        known = await _known(connection, accounts)
        stale = [line for line in accounts if known.get(line.external_id, (0, ()))[1] != _stated(line)]
        ids = {external_id: account_id for external_id, (account_id, _) in known.items()}
        ids |= await _write(connection, stale)
        wanted_credentials = {
            ids[line.external_id]: line.credentials for line in accounts if line.credentials is not None
        }
        wanted_domains = {ids[line.external_id]: line.domains for line in accounts if line.domains is not None}
        credentials = await CREDENTIALS.replace(connection, wanted_credentials)
        domains = await DOMAINS.replace(connection, wanted_domains)
        _refuse_taken(accounts, credentials, domains)
    created = len(accounts) - len(known)
    return SyncSummary(created, len(stale) - created, len(accounts) - len(stale), credentials, domains)


def _stated(line: AccountLine) -> tuple[object, ...]:
    return line.name, line.time_zone, line.plan_active_until


async def _known(
    connection: AnyConnection, accounts: Sequence[AccountLine]
) -> dict[str, tuple[int, tuple[object, ...]]]:
    values = {"external_ids": [line.external_id for line in accounts]}
    records = await connection.fetch(_KNOWN.sql, *_KNOWN.arguments(values))
    return {
        external_id: (account_id, (name, zone, aware(plan))) for account_id, external_id, name, zone, plan in records
    }


async def _write(connection: AnyConnection, stale: Sequence[AccountLine]) -> dict[str, int]:
    # In one order everywhere, so that two of these at once wait for each other rather than lock up.
    ordered = sorted(stale, key=lambda line: line.external_id)
    values = {
        "external_id": [line.external_id for line in ordered],
        "name": [line.name for line in ordered],
        "time_zone": [line.time_zone for line in ordered],
        "smtp_plan_active_until": [line.plan_active_until for line in ordered],
    }
    records = await connection.fetch(_WRITE.sql, *_WRITE.arguments(values))
    return {external_id: account_id for account_id, external_id in records}


def _refuse_taken(accounts: Sequence[AccountLine], credentials: Replaced, domains: Replaced) -> None:
    on_line = {("credentials", name): line.number for line in accounts for name in line.credentials or ()}
    on_line |= {("domains", name): line.number for line in accounts for name in line.domains or ()}
    problems = [
        LineProblem(on_line[field, name], f"{field}: “{name}” belongs to the account “{owner}”")
        for field, replaced in (("credentials", credentials), ("domains", domains))
        for name, owner in replaced.taken
    ]
    if problems:
        raise SyncRefused(sorted(problems))
