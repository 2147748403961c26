"""Why a message was refused, delayed or returned: the categories, and who can do something about each. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class ReasonCategory(StrEnum):
    """A kind of reason; the value is stored."""

    INVALID_ADDRESS = "INVALID_ADDRESS"
    QUOTA_REACHED = "QUOTA_REACHED"
    UNAUTHENTICATED_DOMAIN = "UNAUTHENTICATED_DOMAIN"
    MAILBOX_FULL = "MAILBOX_FULL"
    MAILBOX_UNAVAILABLE = "MAILBOX_UNAVAILABLE"
    DOMAIN_NOT_FOUND = "DOMAIN_NOT_FOUND"
    MESSAGE_TOO_LARGE = "MESSAGE_TOO_LARGE"
    CONTENT_REFUSED = "CONTENT_REFUSED"
    BLOCKLISTED = "BLOCKLISTED"
    AUTHENTICATION_FAILED = "AUTHENTICATION_FAILED"
    POLICY_REFUSED = "POLICY_REFUSED"
    RATE_LIMITED = "RATE_LIMITED"
    CONNECTION_FAILED = "CONNECTION_FAILED"
    SERVER_ERROR = "SERVER_ERROR"
    CANCELLED = "CANCELLED"
    OTHER = "OTHER"


class Responsibility(StrEnum):
    """Who can do something about a failure."""

    RECIPIENT = "RECIPIENT"
    SENDER = "SENDER"
    RELAY = "RELAY"
    RECIPIENT_SERVER = "RECIPIENT_SERVER"
    UNKNOWN = "UNKNOWN"


RESPONSIBILITY: Mapping[ReasonCategory, Responsibility] = MappingProxyType(
    {
        ReasonCategory.INVALID_ADDRESS: Responsibility.RECIPIENT,
        ReasonCategory.QUOTA_REACHED: Responsibility.SENDER,
        ReasonCategory.UNAUTHENTICATED_DOMAIN: Responsibility.SENDER,
        ReasonCategory.MAILBOX_FULL: Responsibility.RECIPIENT,
        ReasonCategory.MAILBOX_UNAVAILABLE: Responsibility.RECIPIENT,
        ReasonCategory.DOMAIN_NOT_FOUND: Responsibility.RECIPIENT,
        ReasonCategory.MESSAGE_TOO_LARGE: Responsibility.SENDER,
        ReasonCategory.CONTENT_REFUSED: Responsibility.SENDER,
        ReasonCategory.BLOCKLISTED: Responsibility.RELAY,
        ReasonCategory.AUTHENTICATION_FAILED: Responsibility.SENDER,
        ReasonCategory.POLICY_REFUSED: Responsibility.RECIPIENT_SERVER,
        ReasonCategory.RATE_LIMITED: Responsibility.RECIPIENT_SERVER,
        ReasonCategory.CONNECTION_FAILED: Responsibility.RECIPIENT_SERVER,
        ReasonCategory.SERVER_ERROR: Responsibility.RECIPIENT_SERVER,
        ReasonCategory.CANCELLED: Responsibility.RELAY,
        ReasonCategory.OTHER: Responsibility.UNKNOWN,
    }
)
