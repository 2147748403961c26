"""Which messages of a draft hold, asked in the transaction that writes them; all others' events go to the rest."""

from collections.abc import Iterable
from datetime import datetime

import asyncpg

from database.draft import Draft
from database.owners import owners_of
from database.retention import SHORTEST_RETENTION, Retention
from database.rows import load_rows
from database.shelf import Kept
from database.working_memory import SHORTEST_MEMORY
from models.attribution import AttributionRules, Owners, account_of, sender_domain
from models.erasure import Erasures
from models.message_facts import MessageFacts
from models.working_memory import references


def keep_unknown(draft: Draft, known: Iterable[MessageFacts], put_aside: Iterable[Kept]) -> None:
    """Messages that nothing in working memory is about, or waits for."""
    named = {facts.queue_id for facts in known} | {kept.key[2] for kept in put_aside}
    if named:
        draft.keep(lambda message: named.isdisjoint(references(message.facts)))


async def keep_owned(connection: asyncpg.Connection, draft: Draft, rules: AttributionRules, guess: Owners) -> Owners:
    """Messages of the account that was guessed; answers whose the names are that were looked up."""
    facts = [message.facts for message in draft.messages]
    credentials = {one.credential for one in facts if one.credential is not None}
    # Whose user name is known, the domain does not matter.
    others = (one for one in facts if one.credential not in guess.by_credential)
    domains = {domain for one in others if (domain := sender_domain(one)) is not None}
    owners = await owners_of(connection, credentials, domains)
    draft.keep(lambda message: account_of(message.facts, rules, owners) == message.facts.account_id)
    return owners


def keep_unerased(draft: Draft, erasures: Erasures) -> None:
    """Messages that name no address that was erased for anybody."""
    if erasures.are_any:
        draft.keep(lambda message: not any(map(erasures.know, message.addresses())))


async def keep_new(connection: asyncpg.Connection, draft: Draft, id_key: bytes, retention: Retention) -> None:
    """Messages that have no rows, though working memory has forgotten them, and that their accounts keep still."""
    accounts = {facts.owner for facts in _arrived_before(draft, draft.now - SHORTEST_RETENTION)}
    if accounts:
        earliest = await retention.earliest_of(connection, accounts, draft.now)
        otherwise = retention.earliest(draft.now)
        draft.keep(lambda message: message.facts.arrived_at >= earliest.get(message.facts.owner, otherwise))
    old = _arrived_before(draft, draft.now - SHORTEST_MEMORY)
    if old:
        rows = await load_rows(connection, id_key, old)
        draft.keep(lambda message: (message.facts.owner, message.facts.key) not in rows)


def _arrived_before(draft: Draft, instant: datetime) -> list[MessageFacts]:
    return [message.facts for message in draft.messages if message.facts.arrived_at <= instant]
