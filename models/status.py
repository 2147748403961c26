"""The seven statuses of a recipient's message: what each means for the others, and which carry a reason."""

from enum import StrEnum


class Status(StrEnum):
    """A status, from refusal at the door to the recipient's server's last word; the value is stored."""

    REJECTED = "REJECTED"
    ACCEPTED = "ACCEPTED"
    PENDING = "PENDING"
    DELIVERED = "DELIVERED"
    DEFERRED = "DEFERRED"
    SOFT_BOUNCE = "SOFT_BOUNCE"
    HARD_BOUNCE = "HARD_BOUNCE"

    # That of the value, which equals it: an enum's own is written in Python, and ingest asks for millions of them.
    __hash__ = str.__hash__

    @property
    def is_outcome(self) -> bool:
        """Whether a server answered; an outcome beats progress, whatever their times."""
        return self is not Status.ACCEPTED and self is not Status.PENDING

    @property
    def carries_reason(self) -> bool:
        """Whether people are told why."""
        return self in WITH_REASON

    @property
    def rank(self) -> int:
        """Which of two in the same second came last (syslog's clock has whole seconds only)."""
        return _RANK[self]


WITH_REASON = frozenset({Status.REJECTED, Status.DEFERRED, Status.SOFT_BOUNCE, Status.HARD_BOUNCE})

_RANK = {
    status: rank
    for rank, status in enumerate(
        (
            Status.ACCEPTED,
            Status.PENDING,
            Status.DEFERRED,
            Status.DELIVERED,
            Status.SOFT_BOUNCE,
            Status.HARD_BOUNCE,
            Status.REJECTED,
        )
    )
}
