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
from models.status import Status


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
    reason = projection.reason
    return ActivityRow(
        account_id=account_id,
        id=activity_id(id_key, account_id, key.text, key.arrived_at, recipient.written, recipient.delivered_to),
        sent_at=key.arrived_at,
        status=projection.status.value,
        status_changed_at=projection.status_changed_at,
        recipient=recipient.written,
        delivered_to=recipient.delivered_to,
        sender=sender,
        envelope_sender=envelope_sender,
        subject=facts.subject,
        message_key=key.text,
        queue_id=facts.queue_id if facts.has_queue_id else None,
        message_id=facts.message_id,
        relay=key.relay,
        credential=facts.credential,
        attempt_count=projection.attempt_count,
        reason_category=_category(reason, classifier) if reason else None,
        reason_message=(reason.response or "") if reason else None,
        smtp_code=reason.smtp_code if reason else None,
        enhanced_code=reason.enhanced_code if reason else None,
        classifier_version=classifier.version,
        search_text=search_text(
            recipient=recipient.written,
            delivered_to=recipient.delivered_to,
            sender=sender,
            envelope_sender=envelope_sender,
            subject=facts.subject,
        ),
    )


def event_row(activity: ActivityRow, event: RecipientEvent, classifier: Classifier) -> EventRow:
    """The row of one event of an activity."""
    return EventRow(
        account_id=activity.account_id,
        activity_id=activity.id,
        occurred_at=event.occurred_at,
        status=event.status.value,
        answer_hash=answer_hash(event.remote_host, event.response),
        remote_host=event.remote_host,
        response=event.response,
        smtp_code=event.smtp_code,
        enhanced_code=event.enhanced_code,
        reason_category=_category(event, classifier) if event.status.carries_reason else None,
        attempted=event.attempted,
        out_of_band=event.out_of_band,
        tied=event.tied,
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
