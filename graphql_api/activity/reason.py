"""Why a message was refused, delayed or returned, as the API shows it."""

from collections.abc import Callable
from enum import Enum

import strawberry

from graphql_api.activity.frame import Frame
from graphql_api.activity.words import words
from graphql_api.columns import Row, column
from models.explanation import Language
from models.reason import RESPONSIBILITY, ReasonCategory, Responsibility


@strawberry.enum(description="Kinds of reasons.")
class SmtpActivityReasonCategory(Enum):
    """Each with its definition."""

    INVALID_ADDRESS = strawberry.enum_value(
        ReasonCategory.INVALID_ADDRESS, description="The address is malformed or does not exist."
    )
    QUOTA_REACHED = strawberry.enum_value(
        ReasonCategory.QUOTA_REACHED, description="The account's SMTP sending quota is reached."
    )
    UNAUTHENTICATED_DOMAIN = strawberry.enum_value(
        ReasonCategory.UNAUTHENTICATED_DOMAIN, description="The sender's domain is not authenticated."
    )
    MAILBOX_FULL = strawberry.enum_value(
        ReasonCategory.MAILBOX_FULL, description="The recipient's mailbox is over its quota."
    )
    MAILBOX_UNAVAILABLE = strawberry.enum_value(
        ReasonCategory.MAILBOX_UNAVAILABLE, description="The mailbox exists but takes no mail."
    )
    DOMAIN_NOT_FOUND = strawberry.enum_value(
        ReasonCategory.DOMAIN_NOT_FOUND, description="The domain does not exist or takes no mail."
    )
    MESSAGE_TOO_LARGE = strawberry.enum_value(
        ReasonCategory.MESSAGE_TOO_LARGE, description="Larger than the recipient's server takes."
    )
    CONTENT_REFUSED = strawberry.enum_value(
        ReasonCategory.CONTENT_REFUSED, description="Refused for its content: spam, virus, attachment."
    )
    BLOCKLISTED = strawberry.enum_value(
        ReasonCategory.BLOCKLISTED,
        description="Refused for the reputation of the sending address or domain: a block list, a poor score.",
    )
    AUTHENTICATION_FAILED = strawberry.enum_value(
        ReasonCategory.AUTHENTICATION_FAILED, description="SPF, DKIM or DMARC failed at the recipient's server."
    )
    POLICY_REFUSED = strawberry.enum_value(
        ReasonCategory.POLICY_REFUSED, description="Refused by another policy of the recipient's server."
    )
    RATE_LIMITED = strawberry.enum_value(
        ReasonCategory.RATE_LIMITED,
        description="The recipient's server asked to slow down or to come back later (greylisting).",
    )
    CONNECTION_FAILED = strawberry.enum_value(
        ReasonCategory.CONNECTION_FAILED,
        description="The recipient's server could not be reached, or the connection broke.",
    )
    SERVER_ERROR = strawberry.enum_value(
        ReasonCategory.SERVER_ERROR, description="The recipient's server has a temporary problem."
    )
    CANCELLED = strawberry.enum_value(ReasonCategory.CANCELLED, description="Cancelled by the relay's operator.")
    OTHER = strawberry.enum_value(ReasonCategory.OTHER, description="It cannot be told.")


@strawberry.enum(description="Who can do something about a failure.")
class SmtpActivityResponsibility(Enum):
    """Each with what it answers for."""

    RECIPIENT = strawberry.enum_value(
        Responsibility.RECIPIENT, description="The recipient: the address or the mailbox."
    )
    SENDER = strawberry.enum_value(
        Responsibility.SENDER, description="The sender: content, list, domain settings, quota."
    )
    RELAY = strawberry.enum_value(Responsibility.RELAY, description="The relay: its reputation, its configuration.")
    RECIPIENT_SERVER = strawberry.enum_value(
        Responsibility.RECIPIENT_SERVER, description="The recipient's mail server or the network."
    )
    UNKNOWN = strawberry.enum_value(Responsibility.UNKNOWN, description="It cannot be told.")


def _stored(category: str | None) -> ReasonCategory:
    # None: no server gave an answer, as when a message expires that was never tried.
    return ReasonCategory(category or ReasonCategory.OTHER)


def _category(_frame: Frame) -> Callable[[str | None], ReasonCategory]:
    return _stored


def _responsibility(_frame: Frame) -> Callable[[str | None], Responsibility]:
    return lambda stored: RESPONSIBILITY[_stored(stored)]


def _explanation(frame: Frame, row: Row, language: Language) -> str:
    return frame.own_rules.explain(_stored(row["reason_category"]), row["reason_message"], language)


def _message(_frame: Frame) -> Callable[[str | None], str]:
    return lambda stored: stored or ""


@strawberry.type(description="Why a message was refused, delayed or returned.")
class SmtpActivityReason:
    """A reason, read from its activity's row."""

    row: strawberry.Private[Row]
    frame: strawberry.Private[Frame]

    category: SmtpActivityReasonCategory = column(
        "reason_category", show=_category, description="What kind of reason it is."
    )
    responsibility: SmtpActivityResponsibility = column(
        "reason_category", show=_responsibility, description="Who can do something about it."
    )
    explanation: str = words(
        "reason_category",
        "reason_message",
        explain=_explanation,
        description="What the category means and what can be done, in plain words.",
    )
    message: str = column(
        "reason_message",
        show=_message,
        description="What the server answered. Plain text from a foreign server: escape it.",
    )
    smtp_code: int | None = column("smtp_code", description="SMTP reply code, e.g. 550.")
    enhanced_code: str | None = column("enhanced_code", description="RFC 3463 enhanced status code, e.g. 5.1.1.")
