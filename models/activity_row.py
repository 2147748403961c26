"""The row that a recipient's facts come to: what the store writes into `smtp_activity` and `smtp_event`. Pure."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from models.activity_id import activity_id
from models.classifier import Classifier
from models.message_facts import MessageFacts
from models.projection import Projection, RecipientEvent, answer_hash
from models.recipients import Recipient
from models.search_text import search_text
from models.status import WITH_REASON, Status


class ActivityRow(NamedTuple):
    """The columns of `smtp_activity`, by name and in order."""

    account_id: int
    id: UUID
    sent_at: datetime
    status: str
    status_changed_at: datetime
    recipient: str
    delivered_to: str | None
    sender: str
    envelope_sender: str
    subject: str | None
    message_key: str
    queue_id: str | None
    message_id: str | None
    relay: str
    credential: str | None
    attempt_count: int
    reason_category: str | None
    reason_message: str | None
    smtp_code: int | None
    enhanced_code: str | None
    classifier_version: int
    search_text: str


class EventRow(NamedTuple):
    """The columns of `smtp_event`, by name and in order."""

    account_id: int
    activity_id: UUID
    occurred_at: datetime
    status: str
    answer_hash: int
    remote_host: str | None
    response: str | None
    smtp_code: int | None
    enhanced_code: str | None
    reason_category: str | None
    attempted: bool
    out_of_band: bool
    tied: bool


def activity_row(
    id_key: bytes, facts: MessageFacts, recipient: Recipient, projection: Projection, classifier: Classifier
) -> ActivityRow:
    """The row of one recipient of an attributed message."""
    account_id, key = facts.owner, facts.key
    envelope_sender = facts.envelope_sender or ""
    # A refused recipient was refused to the envelope sender: the header came later, for the others.
    refused = projection.status is Status.REJECTED
    sender = envelope_sender if refused or not facts.sender else facts.sender
    reason, message_key, written, delivered_to = projection.reason, key.text, recipient.written, recipient.delivered_to
    # In the columns' order, which costs a third of what their names do.
    return ActivityRow(
        account_id,
        activity_id(id_key, account_id, message_key, key.arrived_at, written, delivered_to),
        key.arrived_at,
        str(projection.status),
        projection.status_changed_at,
        written,
        delivered_to,
        sender,
        envelope_sender,
        facts.subject,
        message_key,
        facts.queue_id if facts.has_queue_id else None,
        facts.message_id,
        key.relay,
        facts.credential,
        projection.attempt_count,
        _category(reason, classifier) if reason else None,
        (reason.response or "") if reason else None,
        reason.smtp_code if reason else None,
        reason.enhanced_code if reason else None,
        classifier.version,
        search_text(
            recipient=written,
            delivered_to=delivered_to,
            sender=sender,
            envelope_sender=envelope_sender,
            subject=facts.subject,
        ),
    )


def event_row(activity: ActivityRow, event: RecipientEvent, classifier: Classifier) -> EventRow:
    """The row of one event of an activity."""
    at, status, remote_host, response, smtp_code, enhanced_code, attempted, out_of_band, tied = event
    # In the columns' order, which costs a third of what their names do, three times a recipient.
    return EventRow(
        activity.account_id,
        activity.id,
        at,
        str(status),
        answer_hash(remote_host, response),
        remote_host,
        response,
        smtp_code,
        enhanced_code,
        _category(event, classifier) if status in WITH_REASON else None,
        attempted,
        out_of_band,
        tied,
    )


def recipient_event(row: EventRow) -> RecipientEvent:
    """What an event's row says, for projecting again."""
    return RecipientEvent(
        row.occurred_at,
        Status(row.status),
        row.remote_host,
        row.response,
        row.smtp_code,
        row.enhanced_code,
        row.attempted,
        row.out_of_band,
        row.tied,
    )


def _category(event: RecipientEvent, classifier: Classifier) -> str:
    return classifier.classify(event.response, event.smtp_code, event.enhanced_code).value
