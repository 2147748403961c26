"""The type SmtpActivityEvent: one thing that happened, shown from the columns of its row."""

from datetime import datetime
from zoneinfo import ZoneInfo

import strawberry

from graphql_api.activity.columns import Row, column, in_time_zone
from graphql_api.activity.reason import SmtpActivityReason, reason_of
from graphql_api.activity.status import SmtpActivityStatus

DEFAULT_EVENTS = 50


@strawberry.type(description="One thing that happened to one recipient's message.")
class SmtpActivityEvent:
    """A row, of which only the columns were read that the selection needs; times are shown in `time_zone`."""

    row: strawberry.Private[Row]
    time_zone: strawberry.Private[ZoneInfo]

    occurred_at: datetime = column("occurred_at", show=in_time_zone, description="When.")
    status: SmtpActivityStatus = column("status", description="The status that it led to.")
    reason: SmtpActivityReason | None = column("status", show=reason_of, description="Why, where there is a why.")
    remote_host: str | None = column("remote_host", description="The server that answered.")
    response: str | None = column("response", description="Its answer in full.")
    out_of_band: bool = column(
        "out_of_band",
        description=(
            "Reported later by a bounce message rather than in the delivery's own conversation;"
            " only one that is tied to the message changes the status."
        ),
    )
