"""The type SmtpActivityEvent: one thing that happened, shown from the columns of its row."""

from datetime import datetime

import strawberry

from graphql_api.activity.frame import Frame, in_time_zone
from graphql_api.activity.reason import SmtpActivityReason
from graphql_api.activity.status import SmtpActivityStatus
from graphql_api.columns import Row, column, same_row
from models.status import WITH_REASON

DEFAULT_EVENTS = 50


@strawberry.type(description="One thing that happened to one recipient's message.")
class SmtpActivityEvent:
    """A row, of which only the columns were read that the selection needs."""

    row: strawberry.Private[Row]
    frame: strawberry.Private[Frame]

    occurred_at: datetime = column("occurred_at", show_all=in_time_zone, description="When.")
    status: SmtpActivityStatus = column("status", description="The status that it led to.")
    reason: SmtpActivityReason | None = same_row(
        SmtpActivityReason, "status", where=WITH_REASON, description="Why, where there is a why."
    )
    remote_host: str | None = column("remote_host", description="The server that answered.")
    response: str | None = column("response", description="Its answer in full.")
    out_of_band: bool = column(
        "out_of_band",
        description=(
            "Reported later by a bounce message rather than in the delivery's own conversation;"
            " only one that is tied to the message changes the status."
        ),
    )
