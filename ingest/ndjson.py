"""NDJSON of public events as the store's. No I/O; each line stands for itself."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import msgspec

from ingest.errors import UnreadableLine
from ingest.json_line import storable_json
from ingest.postfix_line import Common
from ingest.public_event import MessageExpired, MessageRemoved, MessageTaken, PublicEvent, RecipientReported
from models.event import Accepted, Arrived, DeliveryEvent, Described, Expired, Removed, Reported
from models.status import Status

_DECODER = msgspec.json.Decoder(PublicEvent)


class NdjsonParser:
    """Lines in, events out. `instance` keeps the messages of who sends them apart from all others."""

    def __init__(self, instance: str = "") -> None:
        self._instance = instance

    def parse(self, line: bytes) -> Sequence[DeliveryEvent]:
        """The events of a line, none for a blank one; raises UnreadableLine."""
        if line.isspace():
            return ()
        try:
            event = _DECODER.decode(storable_json(line))
        except msgspec.DecodeError as error:
            raise UnreadableLine(f"The line is no event: {error}.") from error
        return list(self._events(event))

    def open_ends(self) -> Sequence[DeliveryEvent]:
        """Nothing."""
        return ()

    def _events(self, event: PublicEvent) -> Iterator[DeliveryEvent]:
        match event:
            case MessageTaken():
                yield from _taken(event, self._common(event, event.arrived_at))
            case RecipientReported():
                yield _reported(event, self._common(event, event.at))
            case MessageExpired():
                yield Expired(**self._common(event, event.at))
            case MessageRemoved():
                yield Removed(**self._common(event, event.at))

    def _common(self, event: PublicEvent, occurred_at: datetime) -> Common:
        return {
            "relay": event.relay,
            "instance": self._instance,
            "queue_id": event.message,
            "arrived_at": _whole_second(event.arrived_at),
            "occurred_at": _whole_second(occurred_at),
        }


def _taken(event: MessageTaken, common: Common) -> Iterator[DeliveryEvent]:
    yield Arrived(**common, credential=event.credential, client_address=event.client_address, service=event.service)
    yield Described(
        **common,
        envelope_sender=event.envelope_sender,
        sender=event.sender,
        subject=event.subject,
        message_id=event.message_id,
    )
    for recipient in event.recipients:
        yield Accepted(**common, recipient=recipient)


def _reported(event: RecipientReported, common: Common) -> Reported:
    status = Status(event.status)
    return Reported(
        **common,
        status=status,
        recipient=event.recipient,
        delivered_to=event.delivered_to,
        remote_host=event.remote_host,
        response=event.response,
        smtp_code=event.smtp_code,
        enhanced_code=event.enhanced_code,
        attempted=status not in (Status.PENDING, Status.REJECTED),
    )


def _whole_second(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(microsecond=0)
