"""Which accounts SMTP user names and sending domains belong to."""

from collections.abc import Iterable, Mapping

import asyncpg
from sqlalchemy import ARRAY, Text, any_, bindparam, select
from sqlmodel import col

from database.statement import Statement, compile_statement
from models.account import SendingDomain, SmtpCredential
from models.attribution import Owners, sender_domain
from models.message_facts import MessageFacts

# Whose these user names are. Served by the primary key.
_CREDENTIALS = compile_statement(
    select(col(SmtpCredential.user_name), col(SmtpCredential.account_id)).where(
        col(SmtpCredential.user_name) == any_(bindparam("names", type_=ARRAY(Text)))
    )
)
# Whose these domains are. Served by the primary key.
_DOMAINS = compile_statement(
    select(col(SendingDomain.domain), col(SendingDomain.account_id)).where(
        col(SendingDomain.domain) == any_(bindparam("names", type_=ARRAY(Text)))
    )
)


_MOST_AT_HAND = 10_000
# All of them, where they are few. Scans, of a table that a page of it holds.
_SOME_CREDENTIALS = compile_statement(
    select(col(SmtpCredential.user_name), col(SmtpCredential.account_id)).limit(_MOST_AT_HAND)
)
_SOME_DOMAINS = compile_statement(select(col(SendingDomain.domain), col(SendingDomain.account_id)).limit(_MOST_AT_HAND))


async def load_owners(connection: asyncpg.Connection, messages: Iterable[MessageFacts]) -> Owners:
    """What is needed to tell the accounts of these messages."""
    credentials = {facts.credential for facts in messages if facts.credential is not None}
    domains = {domain for facts in messages if (domain := sender_domain(facts)) is not None}
    return await owners_of(connection, credentials, domains)


async def owners_of(connection: asyncpg.Connection, credentials: set[str], domains: set[str]) -> Owners:
    """Whose these SMTP user names and sending domains are."""
    return Owners(
        by_credential=await _owners(connection, _CREDENTIALS, credentials),
        by_domain=await _owners(connection, _DOMAINS, domains),
    )


async def owners_at_hand(connection: asyncpg.Connection) -> Owners:
    """Those of all names, or of some where there are very many: enough to guess by."""
    return Owners(
        by_credential=dict(map(tuple, await connection.fetch(_SOME_CREDENTIALS.sql, *_SOME_CREDENTIALS.arguments({})))),
        by_domain=dict(map(tuple, await connection.fetch(_SOME_DOMAINS.sql, *_SOME_DOMAINS.arguments({})))),
    )


def also(at_hand: Owners, found: Owners) -> Owners:
    """Owners at hand, and those that were found since, which are right where the two differ."""
    return Owners(*(_also(*both) for both in zip(at_hand, found, strict=True)))


def _also(at_hand: Mapping[str, int], found: Mapping[str, int]) -> Mapping[str, int]:
    both = {**at_hand, **found}
    return both if len(both) <= _MOST_AT_HAND else found


async def _owners(connection: asyncpg.Connection, statement: Statement, names: set[str]) -> dict[str, int]:
    if not names:
        return {}
    records = await connection.fetch(statement.sql, *statement.arguments({"names": sorted(names)}))
    return {name: account_id for name, account_id in records}
