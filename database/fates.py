"""What became of each event of a batch that was recorded. Pure; asked only by who answers for each."""

from collections.abc import Collection
from enum import StrEnum
from uuid import UUID

from database.batch import Batch
from database.recipients_of import Change
from models.activity_id import activity_id
from models.event import Accepted, DeliveryEvent, HandedOn, Reported
from models.message_facts import MessageFacts, MessageKey
from models.projection import answer_hash
from models.status import Status


class Fate(StrEnum):
    """The later in this list, the more is to be said of a line with several events."""

    KNOWN = "known"
    STORED = "stored"
    WAITING = "waiting"
    UNATTRIBUTED = "unattributed"
    OUT_OF_BOUNDS = "out of bounds"


_ORDER = list(Fate)


def gravest(fates: Collection[Fate]) -> Fate:
    """The fate of a line by those of its events."""
    return max(fates, key=_ORDER.index)


class Fates:
    """What a batch came to, by event."""

    def __init__(self, id_key: bytes, batch: Batch, change: Change) -> None:
        self._id_key = id_key
        self._batch = batch
        self._changed = {facts.key for facts in batch.memory.changed()}
        self._new = {event[1:5] for event in change.new_events}
        self._unattributed = {
            MessageKey(event.relay, event.instance, event.queue_id, event.arrived_at or event.occurred_at)
            for event in (unattributed.event for unattributed in batch.unattributed)
        }

    def of(self, event: DeliveryEvent) -> Fate:
        """The fate of an event of the batch, which tells its message's arrival."""
        facts = self._batch.memory.message_of(event)
        if facts is None:
            return Fate.WAITING
        if not isinstance(event, Accepted | Reported | HandedOn):
            return Fate.STORED if facts.key in self._changed else Fate.KNOWN
        if facts.account_id is None:
            return Fate.UNATTRIBUTED if facts.key in self._unattributed else Fate.WAITING
        if facts.key in self._batch.left_out:
            return Fate.OUT_OF_BOUNDS
        return Fate.STORED if self._key(facts, event) in self._new else Fate.KNOWN

    def _key(self, facts: MessageFacts, event: Accepted | Reported | HandedOn) -> tuple[UUID, object, str, int]:
        """The key of the event's row, within its account."""
        delivered_to = None if isinstance(event, Accepted) else event.delivered_to
        key = facts.key
        id_ = activity_id(self._id_key, facts.owner, key.text, key.arrived_at, event.recipient, delivered_to)
        if isinstance(event, Reported):
            return id_, event.occurred_at, event.status.value, answer_hash(event.remote_host, event.response)
        return id_, key.arrived_at, Status.ACCEPTED.value, answer_hash(None, None)
