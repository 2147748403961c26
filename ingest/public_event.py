"""What any mail server may be told of, a JSON object a line: the documented form of `models.event` (docs/events.md)."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

Text = Annotated[str, msgspec.Meta(max_length=8_000)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
Address = Annotated[str, msgspec.Meta(min_length=1, max_length=1_000)]
# Of the null sender it is empty (RFC 5321, section 4.5.5).
ReversePath = Annotated[str, msgspec.Meta(max_length=1_000)]
Instant = Annotated[datetime, msgspec.Meta(tz=True, description="RFC 3339, with an offset; cut to whole seconds.")]
SmtpCode = Annotated[int, msgspec.Meta(ge=200, le=599)]
EnhancedCode = Annotated[str, msgspec.Meta(pattern=r"^[245]\.\d{1,3}\.\d{1,3}$")]
Outcome = Literal["PENDING", "DELIVERED", "DEFERRED", "SOFT_BOUNCE", "HARD_BOUNCE", "REJECTED"]


class _OfMessage(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel", tag_field="event", gc=False
):
    relay: Annotated[Name, msgspec.Meta(description="The mail server.")]
    message: Annotated[Name, msgspec.Meta(description="What it calls the message: its queue id, or any id of its own.")]
    arrived_at: Annotated[Instant, msgspec.Meta(description="When it took the message; the same on all its lines.")]


class _Later(_OfMessage, frozen=True, kw_only=True, gc=False):
    at: Instant

    def __post_init__(self) -> None:
        """Raises ValueError for what came before the message."""
        if self.at.replace(microsecond=0) < self.arrived_at.replace(microsecond=0):
            raise ValueError("`at` is before `arrivedAt`")


class MessageTaken(_OfMessage, frozen=True, kw_only=True, gc=False, tag="message"):
    """The relay took a message. Whose it is, `credential` or the envelope sender's domain says (docs/events.md)."""

    credential: Annotated[Name | None, msgspec.Meta(description="The SMTP user name.")] = None
    client_address: Name | None = None
    service: Annotated[Name, msgspec.Meta(description="The listener that took it.")] = "ndjson"
    envelope_sender: ReversePath | None = None
    sender: Annotated[Address | None, msgspec.Meta(description="The From header's address.")] = None
    subject: Text | None = None
    message_id: Annotated[Address | None, msgspec.Meta(description="Without its angle brackets.")] = None
    recipients: Annotated[list[Address], msgspec.Meta(max_length=10_000)] = []


class RecipientReported(_Later, frozen=True, kw_only=True, gc=False, tag="recipient"):
    """What became of one recipient, or that it still waits; once for each attempt."""

    recipient: Address
    status: Outcome
    delivered_to: Annotated[Address | None, msgspec.Meta(description="Where an alias led, if it did.")] = None
    remote_host: Name | None = None
    response: Annotated[Text | None, msgspec.Meta(description="The server's answer, in full.")] = None
    smtp_code: SmtpCode | None = None
    enhanced_code: Annotated[EnhancedCode | None, msgspec.Meta(description="RFC 3463.")] = None


class MessageExpired(_Later, frozen=True, kw_only=True, gc=False, tag="expired"):
    """The relay gave up: every recipient that still waited is returned."""


class MessageRemoved(_Later, frozen=True, kw_only=True, gc=False, tag="removed"):
    """The message left the queue: nothing more will be said of it."""


PublicEvent = MessageTaken | RecipientReported | MessageExpired | MessageRemoved


def events_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a line."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A line for `smtp-activity ingest ndjson`",
        **msgspec.json.schema(PublicEvent),
    }
