"""A line of KumoMTA's log, as far as it is read here: docs/reference/log_record.md of its source. No I/O."""

from typing import Annotated, Any, Literal

import msgspec

RecordType = Literal[
    "Reception",
    "Delivery",
    "Bounce",
    "TransientFailure",
    "Expiration",
    "AdminBounce",
    "OOB",
    "Feedback",
    "Rejection",
    "AdminRebind",
    "DeferredInjectionRebind",
    "Delayed",
    "XferOut",
    "XferIn",
]

Address = Annotated[str, msgspec.Meta(max_length=1_000)]
# Seconds since 1970, up to the end of the year 9999.
Instant = Annotated[int, msgspec.Meta(ge=0, le=253_402_300_799)]
_PartOfCode = Annotated[int, msgspec.Meta(ge=0, le=999)]


class EnhancedCode(msgspec.Struct, frozen=True, gc=False):
    """An enhanced status code (RFC 3463) in its parts."""

    class_: _PartOfCode = msgspec.field(name="class")
    subject: _PartOfCode
    detail: _PartOfCode

    def __str__(self) -> str:
        """As it is written."""
        return f"{self.class_}.{self.subject}.{self.detail}"


class Response(msgspec.Struct, frozen=True, gc=False):
    """A server's answer: the other's, or KumoMTA's own."""

    code: Annotated[int, msgspec.Meta(ge=0, le=65_535)]
    content: str
    enhanced_code: EnhancedCode | None = None

    @property
    def text(self) -> str:
        """The answer in full."""
        return " ".join(filter(None, (str(self.code), str(self.enhanced_code or ""), self.content)))


class Peer(msgspec.Struct, frozen=True, gc=False):
    """The submitter of a message, or where it was to be delivered; the address may have a port."""

    name: str
    addr: str


class Record(msgspec.Struct, frozen=True, gc=False):
    """A record. Times are whole seconds: `created` is when the message came, the same on all its records.

    Of the newer `event_time` and `created_time` nothing is read: they are the same instants, only finer.
    """

    type: RecordType
    id: Annotated[str, msgspec.Meta(max_length=255)]
    sender: Address
    recipient: Address | list[Address]
    queue: str
    response: Response
    timestamp: Instant
    created: Instant
    nodeid: Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
    peer_address: Peer | None = None
    meta: dict[str, Any] = {}
    headers: dict[str, Any] = {}
    reception_protocol: str | None = None
    session_id: str | None = None

    @property
    def recipients(self) -> list[str]:
        """One, or those of a batch; none when nobody is named."""
        named = [self.recipient] if isinstance(self.recipient, str) else self.recipient
        return [recipient for recipient in named if recipient]
