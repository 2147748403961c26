"""The type SmtpActivity: one recipient of one message, shown from the columns of its row."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

import strawberry

from database.timeline import check_last
from graphql_api.activity.columns import OWN_ROWS, Row, column, in_time_zone
from graphql_api.activity.event import DEFAULT_EVENTS, SmtpActivityEvent
from graphql_api.activity.reason import SmtpActivityReason, reason_of
from graphql_api.activity.status import SmtpActivityStatus
from graphql_api.activity.words import words
from graphql_api.global_id import global_id
from graphql_api.node import Node
from models.explanation import Language, explain_status
from models.own_rules import OwnRules
from models.status import Status


def _id(_activity: "SmtpActivity", stored: UUID) -> strawberry.ID:
    return global_id("SmtpActivity", str(stored))


def _explanation(row: Row, language: Language, _own_rules: OwnRules) -> str:
    return explain_status(Status(row["status"]), language)


@strawberry.type(description="One recipient of one message sent through the relay.")
class SmtpActivity(Node):
    """A row, of which only the columns were read that the selection needs; times are shown in `time_zone`.

    `history` holds the latest events, oldest first: at least as many as the selection asks for.
    """

    row: strawberry.Private[Row]
    time_zone: strawberry.Private[ZoneInfo]
    history: strawberry.Private[Sequence[Row]]

    id: strawberry.ID = column("id", show=_id, description="Opaque and stable.")
    sent_at: datetime = column(
        "sent_at",
        show=in_time_zone,
        description="When the relay took the message, in the account's time zone, to the second.",
    )
    status: SmtpActivityStatus = column("status", description="The current status.")
    status_explanation: str = words(
        "status", explain=_explanation, description="What the status means and what can be done, in plain words."
    )
    status_changed_at: datetime = column(
        "status_changed_at", show=in_time_zone, description="When the current status was reached."
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
        show=reason_of,
        description="Why, for REJECTED, DEFERRED, SOFT_BOUNCE and HARD_BOUNCE; null for the others.",
    )
    attempt_count: int = column(
        "attempt_count", description="How many times delivery to the recipient's server was tried."
    )
    message_id: str | None = column("message_id", description="The Message-ID header, without angle brackets.")
    queue_id: str | None = column("queue_id", description="The relay's queue id, to find the message in its logs.")
    relay: str = column("relay", description="The relay's host name.")
    credential: str | None = column("credential", description="The SMTP user name that submitted the message.")

    @strawberry.field(
        description=(
            "What this recipient's message went through, oldest first: a delivery followed by a late bounce shows both."
        ),
        metadata=OWN_ROWS,
    )
    def events(
        self,
        last: Annotated[
            int | None, strawberry.argument(description="The latest this many, 1 to 200.")
        ] = DEFAULT_EVENTS,
    ) -> list[SmtpActivityEvent]:
        """The end of the history."""
        last = DEFAULT_EVENTS if last is None else last
        check_last(last)
        return [SmtpActivityEvent(row=row, time_zone=self.time_zone) for row in self.history[-last:]]
