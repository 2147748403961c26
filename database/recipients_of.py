"""What a batch changes: its messages' rows as they are, projected anew with what was reported of their recipients."""

from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from uuid import UUID

import asyncpg

from database.batch import Batch
from database.rows import load_events, load_rows
from database.working_memory import SHORTEST_MEMORY
from models.activity_row import ActivityRow, EventRow, activity_row, event_row, recipient_event
from models.classifier import Classifier
from models.message_facts import MessageFacts
from models.projection import project
from models.recipients import Recipient, Recipients


@dataclass(slots=True)
class _Message:
    """A message that the batch touches: its facts, its recipients, and its rows as they are."""

    facts: MessageFacts
    recipients: Recipients
    stored: dict[Recipient, ActivityRow]


@dataclass(slots=True)
class Change:
    """Rows and events to write (new ones, and rows that are other than they were), and those to take away."""

    new_rows: list[ActivityRow] = field(default_factory=list)
    changed_rows: list[ActivityRow] = field(default_factory=list)
    superseded: list[ActivityRow] = field(default_factory=list)
    new_events: list[EventRow] = field(default_factory=list)
    disproved_events: list[EventRow] = field(default_factory=list)


async def load_recipients(
    connection: asyncpg.Connection, id_key: bytes, batch: Batch, classifier: Classifier, now: datetime
) -> Change:
    """Work out what a batch changes."""
    messages = await _touched_messages(connection, id_key, batch, now)
    stored = [
        message.stored[recipient]
        for message in messages
        for recipient in message.recipients.touched
        if recipient in message.stored
    ]
    events = await load_events(connection, stored)
    change = Change()
    for message in messages:
        _project(change, id_key, message, events, classifier)
    return change


async def _touched_messages(
    connection: asyncpg.Connection, id_key: bytes, batch: Batch, now: datetime
) -> list[_Message]:
    facts = [
        facts
        for key, facts in chain(batch.memory.messages.items(), batch.refusals.items())
        if facts.account_id is not None and (key in batch.reports or batch.memory.shown_changed(facts))
    ]
    rows = await load_rows(connection, id_key, [one for one in facts if _may_have_rows(one, batch, now)])
    return [_message(one, rows.get((one.owner, one.key), []), batch) for one in facts]


def _may_have_rows(facts: MessageFacts, batch: Batch, now: datetime) -> bool:
    """Not one that arrived just now and was not known: what has rows is remembered for a day and more after it left."""
    is_refusal = facts.key in batch.refusals
    return is_refusal or not batch.memory.is_new(facts) or facts.arrived_at <= now - SHORTEST_MEMORY


def _message(facts: MessageFacts, rows: list[ActivityRow], batch: Batch) -> _Message:
    recipients = Recipients()
    stored = {Recipient(row.recipient, row.delivered_to): row for row in rows}
    for recipient in stored:
        recipients.load(recipient, ())
    for report in batch.reports.get(facts.key, ()):
        recipients.apply(report)
    if batch.memory.shown_changed(facts):
        recipients.touch_all()
    return _Message(facts, recipients, stored)


def _project(
    change: Change,
    id_key: bytes,
    message: _Message,
    events: dict[tuple[int, UUID], list[EventRow]],
    classifier: Classifier,
) -> None:
    """Project every touched recipient of a message anew, and note what differs from what is stored."""
    stored_events: dict[Recipient, list[EventRow]] = {}
    for recipient in message.recipients.touched & message.stored.keys():
        row = message.stored[recipient]
        stored_events[recipient] = events.get((row.account_id, row.id), [])
        message.recipients.load(recipient, map(recipient_event, stored_events[recipient]))
    superseded = message.recipients.superseded(message.facts.times)
    for recipient in sorted(message.recipients.touched, key=_by_address):
        before = message.stored.get(recipient)
        if recipient in superseded:
            if before is not None:
                change.superseded.append(before)
                change.disproved_events += stored_events[recipient]
            continue
        projection = project(message.facts.times, message.recipients.reported[recipient])
        row = activity_row(id_key, message.facts, recipient, projection, classifier)
        if before is None:
            change.new_rows.append(row)
        elif row != before:
            change.changed_rows.append(row)
        wanted = [event_row(row, event, classifier) for event in projection.events]
        _compare_events(change, stored_events.get(recipient, []), wanted)


def _by_address(recipient: Recipient) -> tuple[str, str]:
    return recipient.written, recipient.delivered_to or ""


def _compare_events(change: Change, stored: list[EventRow], wanted: list[EventRow]) -> None:
    stored_keys, wanted_keys = {_key(event) for event in stored}, {_key(event) for event in wanted}
    change.new_events += [event for event in wanted if _key(event) not in stored_keys]
    change.disproved_events += [event for event in stored if _key(event) not in wanted_keys]


def _key(event: EventRow) -> tuple[object, ...]:
    """The columns of the primary key."""
    return event[:5]
