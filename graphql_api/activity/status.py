"""The seven statuses as the API shows them."""

from enum import Enum

import strawberry

from models.status import Status


@strawberry.enum(description="The seven statuses.")
class SmtpActivityStatus(Enum):
    """Each with its definition."""

    REJECTED = strawberry.enum_value(
        Status.REJECTED,
        description=(
            "Not accepted by the relay before sending. Possible causes: invalid address,"
            " SMTP sending quota reached on the account, unauthenticated domain."
        ),
    )
    ACCEPTED = strawberry.enum_value(Status.ACCEPTED, description="Received and accepted by the relay.")
    PENDING = strawberry.enum_value(
        Status.PENDING, description="In the relay's queue, waiting to be transmitted to the recipient."
    )
    DELIVERED = strawberry.enum_value(
        Status.DELIVERED, description="Accepted by the recipient's server. A late bounce may still follow."
    )
    DEFERRED = strawberry.enum_value(
        Status.DEFERRED, description="A temporary error occurred; the relay will retry on its own."
    )
    SOFT_BOUNCE = strawberry.enum_value(
        Status.SOFT_BOUNCE, description="Failed after several attempts, due to a temporary cause."
    )
    HARD_BOUNCE = strawberry.enum_value(
        Status.HARD_BOUNCE,
        description="Failed permanently, usually due to an invalid or non-existent address.",
    )
