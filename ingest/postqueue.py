"""What waits in Postfix's queue, as `postqueue -j` lists it (postqueue(1), JSON OBJECT FORMAT). No I/O.

A listing does not say when something was tried: its events stand at the message's arrival, so that a log's count more.
"""

from collections.abc import Sequence
from typing import Annotated

import msgspec

from ingest.errors import UnreadableLine
from ingest.postfix_delivery import read_answer_codes
from ingest.postfix_line import Common
from models.event import DeliveryEvent, Described, Reported
from models.queue_id import arrival_of
from models.status import Status


class _Recipient(msgspec.Struct, frozen=True):
    address: Annotated[str, msgspec.Meta(min_length=1)]
    delay_reason: str | None = None


class _Message(msgspec.Struct, frozen=True):
    queue_id: str
    sender: str
    recipients: list[_Recipient]


_DECODER = msgspec.json.Decoder(_Message)


class PostqueueParser:
    """Lines in, events out. `relay` is the host as its log's lines name it, `instance` is "" for the default one."""

    def __init__(self, relay: str, instance: str = "") -> None:
        self._relay = relay
        self._instance = instance

    def parse(self, line: bytes) -> list[DeliveryEvent]:
        """Who still waits for a message, and why; raises UnreadableLine."""
        try:
            message = _DECODER.decode(line.decode("utf-8", "replace"))
        except msgspec.DecodeError as error:
            raise UnreadableLine(f"The line is none of postqueue's: {error}.") from error
        arrived_at = arrival_of(message.queue_id)
        if arrived_at is None:
            raise UnreadableLine(
                f"The queue id {message.queue_id} does not tell its message: set enable_long_queue_ids = yes."
            )
        common: Common = {
            "relay": self._relay,
            "instance": self._instance,
            "queue_id": message.queue_id,
            "arrived_at": arrived_at,
            "occurred_at": arrived_at,
        }
        described = Described(**common, envelope_sender=_storable(message.sender))
        return [described, *(_reported(common, recipient) for recipient in message.recipients)]

    def open_ends(self) -> Sequence[DeliveryEvent]:
        """Nothing: each line stands for itself."""
        return ()

    def look_ahead(self, lines: Sequence[bytes]) -> None:
        """Nothing is to be learned."""

    def state(self) -> str:
        """Nothing is held."""
        return ""


def _reported(common: Common, recipient: _Recipient) -> Reported:
    address = _storable(recipient.address)
    if recipient.delay_reason is None:
        return Reported(**common, status=Status.PENDING, recipient=address)
    smtp_code, enhanced_code = read_answer_codes(recipient.delay_reason)
    return Reported(
        **common,
        status=Status.DEFERRED,
        recipient=address,
        response=_storable(recipient.delay_reason),
        smtp_code=smtp_code,
        enhanced_code=enhanced_code,
    )


def _storable(text: str) -> str:
    """PostgreSQL has no NUL in its texts."""
    return text.replace("\0", "\ufffd")
