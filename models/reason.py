"""Why a message was refused, delayed or returned: the categories, and which one an answer falls into."""

from enum import StrEnum


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


CLASSIFIER_VERSION = 1


def classify(response: str | None, smtp_code: int | None, enhanced_code: str | None) -> ReasonCategory:
    """The category of a server's answer; see the rules in this file."""
    raise NotImplementedError
