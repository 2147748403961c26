"""The type SmtpActivity: one recipient of one message, shown from the columns of its row."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import strawberry

from graphql_api.activity.columns import Row, column
from graphql_api.activity.reason import SmtpActivityReason
from graphql_api.activity.status import SmtpActivityStatus
from graphql_api.activity.words import words
from graphql_api.global_id import global_id
from graphql_api.node import Node
from models.explanation import Language, explain_status
from models.status import WITH_REASON, Status


def _id(_activity: "SmtpActivity", stored: UUID) -> strawberry.ID:
    return global_id("SmtpActivity", str(stored))


def _in_time_zone(activity: "SmtpActivity", stored: datetime) -> datetime:
    return stored.astimezone(activity.time_zone)


def _reason(activity: "SmtpActivity", status: str) -> SmtpActivityReason | None:
    return SmtpActivityReason(row=activity.row) if status in WITH_REASON else None


def _explanation(status: str, language: Language) -> str:
    return explain_status(Status(status), language)


@strawberry.type(description="One recipient of one message sent through the relay.")
class SmtpActivity(Node):
    """A row, of which only the columns were read that the selection needs; times are shown in `time_zone`."""

    row: strawberry.Private[Row]
    time_zone: strawberry.Private[ZoneInfo]

    id: strawberry.ID = column("id", show=_id, description="Opaque and stable.")
    sent_at: datetime = column(
        "sent_at",
        show=_in_time_zone,
        description="When the relay took the message, in the account's time zone, to the second.",
    )
    status: SmtpActivityStatus = column("status", description="The current status.")
    status_explanation: str = words(
        "status", explain=_explanation, description="What the status means and what can be done, in plain words."
    )
    status_changed_at: datetime = column(
        "status_changed_at", show=_in_time_zone, description="When the current status was reached."
    )
    recipient: str = column("recipient", description="The recipient's address, as the sender wrote it.")
    delivered_to: str | None = column(
        "delivered_to",
        description="Where an alias of the relay sent it; null when that is the recipient itself.",
    )
    sender: str = column(
        "sender",
        description=(
            "The sender's address: the From header's where the relay logged it, else the envelope's;"
            " empty for the null sender."
        ),
    )
    envelope_sender: str = column(
        "envelope_sender", description="The envelope sender (return path); empty for the null sender."
    )
    subject: str | None = column("subject", description="Decoded subject; null when the relay did not see one.")
    reason: SmtpActivityReason | None = column(
        "status",
        show=_reason,
        description="Why, for REJECTED, DEFERRED, SOFT_BOUNCE and HARD_BOUNCE; null for the others.",
    )
    attempt_count: int = column(
        "attempt_count", description="How many times delivery to the recipient's server was tried."
    )
    message_id: str | None = column("message_id", description="The Message-ID header, without angle brackets.")
    queue_id: str | None = column("queue_id", description="The relay's queue id, to find the message in its logs.")
    relay: str = column("relay", description="The relay's host name.")
    credential: str | None = column("credential", description="The SMTP user name that submitted the message.")
