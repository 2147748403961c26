"""The type SmtpActivity: one recipient of one message, shown from the columns of its row."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated

import strawberry

from database.timeline import check_last
from graphql_api.activity.event import DEFAULT_EVENTS, SmtpActivityEvent
from graphql_api.activity.frame import Frame, in_time_zone
from graphql_api.activity.reason import SmtpActivityReason
from graphql_api.activity.reference import ACTIVITY
from graphql_api.activity.status import SmtpActivityStatus
from graphql_api.activity.words import words
from graphql_api.columns import OwnRows, Row, as_shown, column, same_row
from graphql_api.global_id import uuid_global_ids
from graphql_api.node import Node
from models.explanation import Language, explain_status
from models.status import WITH_REASON, Status

_global_ids = uuid_global_ids(ACTIVITY)


def _ids(_frame: Frame) -> Callable[[Sequence[str]], Sequence[strawberry.ID]]:
    return _global_ids


def _explanation(_frame: Frame, row: Row, language: Language) -> str:
    return explain_status(Status(row["status"]), language)


def _latest(frame: Frame, row: Row, last: int | None = DEFAULT_EVENTS) -> Sequence[Row]:
    last = DEFAULT_EVENTS if last is None else last
    check_last(last)
    return frame.histories.get(row["id"], ())[-last:]


@strawberry.type(description="One recipient of one message sent through the relay.")
class SmtpActivity(Node):
    """A row, of which only the columns were read that the selection needs."""

    row: strawberry.Private[Row]
    frame: strawberry.Private[Frame]

    id: strawberry.ID = column("id", show_all=_ids, description="Opaque and stable.")
    sent_at: datetime = column(
        "sent_at",
        show_all=in_time_zone,
        description="When the relay took the message, in the account's time zone, to the second.",
    )
    status: SmtpActivityStatus = column("status", description="The current status.")
    status_explanation: str = words(
        "status", explain=_explanation, description="What the status means and what can be done, in plain words."
    )
    status_changed_at: datetime = column(
        "status_changed_at", show_all=in_time_zone, description="When the current status was reached."
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
    reason: SmtpActivityReason | None = same_row(
        SmtpActivityReason,
        "status",
        where=WITH_REASON,
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
        metadata=as_shown(OwnRows(_latest)),
    )
    def events(
        self,
        last: Annotated[
            int | None, strawberry.argument(description="The latest this many, 1 to 200.")
        ] = DEFAULT_EVENTS,
    ) -> list[SmtpActivityEvent]:
        """The end of the history."""
        return [SmtpActivityEvent(row=row, frame=self.frame) for row in _latest(self.frame, self.row, last)]
