"""Which accounts SMTP user names and sending domains belong to."""

from collections.abc import Iterable

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


async def load_owners(connection: asyncpg.Connection, messages: Iterable[MessageFacts]) -> Owners:
    """What is needed to tell the accounts of these messages."""
    credentials = {facts.credential for facts in messages if facts.credential is not None}
    domains = {domain for facts in messages if (domain := sender_domain(facts)) is not None}
    return Owners(
        by_credential=await _owners(connection, _CREDENTIALS, credentials),
        by_domain=await _owners(connection, _DOMAINS, domains),
    )


async def _owners(connection: asyncpg.Connection, statement: Statement, names: set[str]) -> dict[str, int]:
    if not names:
        return {}
    records = await connection.fetch(statement.sql, *statement.arguments({"names": sorted(names)}))
    return {name: account_id for name, account_id in records}
