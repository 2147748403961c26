"""Bounces that come back as mail after a delivery (out of band): which message each is about.

A bounce names its recipient and comes to the address that sent; it carries no id of the message. It is tied to the one
that was delivered to this recipient shortly before, where there is just one; else it is shown, and changes nothing.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

import asyncpg
from sqlalchemy import Table, bindparam, func, select
from sqlmodel import col

from database.owners import load_owners
from database.recipients import ADDRESSES, IS_RECIPIENT
from database.rows import load_events
from database.shelf import Kept
from database.statement import compile_statement
from models.activity import SmtpActivity
from models.activity_id import first_id_at
from models.activity_row import ActivityRow, EventRow
from models.attribution import Owners, sender_domain
from models.event import BouncedLate, Reported
from models.message_facts import MessageFacts
from models.projection import answer_hash
from models.search_text import fold
from models.source import IngestSource
from models.status import Status

# A delivery that is longer ago is not what bounced.
_AFTER_DELIVERY = timedelta(days=5)
# A message may have waited for its delivery as long as relays keep trying.
_IN_QUEUE = timedelta(days=5)
# A followed source that was silent for so long says nothing more of that time.
_SILENT = timedelta(days=1)
# Bounces whose message is not known may never be matched, and forged ones are many: the newest are tried.
_MOST_AT_ONCE = 500

_ACTIVITY: Table = SmtpActivity.metadata.tables["smtp_activity"]

# Up to when have all sources that are followed been read? What was read at a time had nothing older to tell by then,
# or tells it soon: who follows settles when all is read. One row each, so no index is needed.
_PASSED = compile_statement(
    select(func.min(func.greatest(col(IngestSource.recorded_up_to), col(IngestSource.updated_at)))).where(
        col(IngestSource.reader_state) != "", col(IngestSource.updated_at) > bindparam("since")
    )
)
# An account's messages to one recipient in a period. Served by the two indexes on whole addresses.
_TO_RECIPIENT = compile_statement(
    select(*(_ACTIVITY.c[name] for name in ActivityRow._fields))
    .where(
        _ACTIVITY.c.account_id == bindparam("account_id"),
        _ACTIVITY.c.id >= bindparam("first"),
        _ACTIVITY.c.id < bindparam("end"),
        IS_RECIPIENT,
        _ACTIVITY.c.queue_id.is_not(None),
    )
    .order_by(_ACTIVITY.c.id.desc())
)


class Settled(NamedTuple):
    """A bounce whose message was found, and what is to be recorded of it; None when it is recorded already."""

    kept: Kept
    report: Reported | None


async def settle_bounces(connection: asyncpg.Connection, waiting: Iterable[Kept], now: datetime) -> list[Settled]:
    """Those of the bounces that wait whose message can be told now."""
    passed = await connection.fetchval(_PASSED.sql, *_PASSED.arguments({"since": now - _SILENT}))
    bounces = [
        (kept, event)
        for kept in waiting
        if isinstance(event := kept.event, BouncedLate) and (passed is None or event.occurred_at <= passed)
    ]
    bounces = sorted(bounces, key=lambda each: each[1].occurred_at, reverse=True)[:_MOST_AT_ONCE]
    owners = await load_owners(connection, [_facts(event) for _, event in bounces])
    settled = []
    for kept, event in bounces:
        account_id = _account_of(event, owners)
        found = [] if account_id is None else await _messages_to(connection, account_id, event)
        if (tie := _tie(event, found, now)) is not None:
            settled.append(Settled(kept, tie.report))
    return settled


class _Tie(NamedTuple):
    report: Reported | None


class _Message(NamedTuple):
    """A recipient's row and its events."""

    row: ActivityRow
    events: Collection[EventRow]

    def was_delivered_before(self, bounce: BouncedLate) -> bool:
        return any(
            event.status == Status.DELIVERED
            and bounce.occurred_at - _AFTER_DELIVERY <= event.occurred_at <= bounce.occurred_at
            for event in self.events
        )

    def has(self, bounce: BouncedLate) -> bool:
        key = bounce.occurred_at, bounce.status, answer_hash(bounce.remote_host, bounce.response)
        return any((event.occurred_at, event.status, event.answer_hash) == key for event in self.events)


def _tie(bounce: BouncedLate, messages: Collection[_Message], now: datetime) -> _Tie | None:
    """What the bounce becomes; None while its delivery may still be read."""
    if any(message.has(bounce) for message in messages):
        return _Tie(None)
    delivered = [message for message in messages if message.was_delivered_before(bounce)]
    if not delivered and now < bounce.occurred_at + _AFTER_DELIVERY:
        return None
    for message in delivered or messages:  # the newest
        return _Tie(_report(bounce, message.row, tied=len(delivered) == 1))
    return None


async def _messages_to(connection: asyncpg.Connection, account_id: int, bounce: BouncedLate) -> list[_Message]:
    values = {
        "account_id": account_id,
        "first": first_id_at(bounce.occurred_at - _AFTER_DELIVERY - _IN_QUEUE),
        "end": first_id_at(bounce.occurred_at + timedelta(seconds=1)),
        ADDRESSES: [fold(bounce.recipient)],
    }
    rows = [
        ActivityRow(*record) for record in await connection.fetch(_TO_RECIPIENT.sql, *_TO_RECIPIENT.arguments(values))
    ]
    events = await load_events(connection, rows)
    return [_Message(row, events.get((row.account_id, row.id), ())) for row in rows]


def _facts(bounce: BouncedLate) -> MessageFacts:
    return MessageFacts(
        relay=bounce.relay,
        instance=bounce.instance,
        queue_id=bounce.queue_id,
        arrived_at=bounce.occurred_at,
        credential=bounce.credential,
        envelope_sender=bounce.envelope_sender,
    )


def _account_of(bounce: BouncedLate, owners: Owners) -> int | None:
    """By the tenant, else by the domain that the report was sent to: it changes nothing but a delivery of its own."""
    if bounce.credential is not None and bounce.credential in owners.by_credential:
        return owners.by_credential[bounce.credential]
    return owners.by_domain.get(sender_domain(_facts(bounce)) or "")


def _report(bounce: BouncedLate, row: ActivityRow, *, tied: bool) -> Reported:
    queue_id = row.queue_id or ""
    return Reported(
        relay=row.relay,
        instance=row.message_key[len(row.relay) + 1 : -len(queue_id) - 1],
        queue_id=queue_id,
        arrived_at=row.sent_at,
        occurred_at=bounce.occurred_at,
        status=bounce.status,
        recipient=row.recipient,
        delivered_to=row.delivered_to,
        remote_host=bounce.remote_host,
        response=bounce.response,
        smtp_code=bounce.smtp_code,
        enhanced_code=bounce.enhanced_code,
        out_of_band=True,
        tied=tied,
    )
