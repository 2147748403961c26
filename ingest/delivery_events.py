"""The neutral events themselves, a JSON object a line: what a relay that reads its own log posts. No I/O."""

from collections.abc import Iterable, Sequence

import msgspec

from ingest.errors import UnreadableLine
from ingest.json_line import storable_json
from models.event import DeliveryEvent
from models.message_facts import is_of_account

MEDIA_TYPE = "application/vnd.smtp-activity.delivery-events+ndjson"

_DECODER: msgspec.json.Decoder[DeliveryEvent] = msgspec.json.Decoder(DeliveryEvent)


class DeliveryEventParser:
    """Lines in, events out."""

    def parse(self, line: bytes) -> Sequence[DeliveryEvent]:
        """The event of a line; raises UnreadableLine."""
        try:
            event = _DECODER.decode(storable_json(line))
        except msgspec.DecodeError as error:
            raise UnreadableLine(f"The line is no event: {error}.") from error
        if event.occurred_at.tzinfo is None or (event.arrived_at is not None and event.arrived_at.tzinfo is None):
            raise UnreadableLine("The event's times have no zone.")
        if is_of_account(event.instance):
            raise UnreadableLine("The event's instance is none of a relay's.")
        return [event]


def delivery_events(events: Iterable[DeliveryEvent]) -> bytes:
    """The lines of these events."""
    return msgspec.json.Encoder().encode_lines(events)
