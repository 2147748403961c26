"""What became of each event of a batch that was recorded. Pure; asked only by who answers for each."""

from collections.abc import Collection
from enum import StrEnum
from uuid import UUID

from database.batch import Batch
from database.recipients_of import Change
from models.activity_id import activity_id
from models.event import Accepted, BouncedLate, DeliveryEvent, HandedOn, Refused, Reported
from models.message_facts import MessageFacts, facts_of_refusal
from models.projection import answer_hash
from models.status import Status

_OfRecipient = Accepted | Reported | HandedOn | Refused


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
            facts.key for kept in batch.unattributed if (facts := self._facts_of(kept.event)) is not None
        }

    def of(self, event: DeliveryEvent) -> Fate:
        """The fate of an event of the batch."""
        facts = self._facts_of(event)
        if facts is None:
            return Fate.WAITING
        if not isinstance(event, _OfRecipient):
            return Fate.STORED if facts.key in self._changed else Fate.KNOWN
        if facts.account_id is None:
            return Fate.UNATTRIBUTED if facts.key in self._unattributed else Fate.WAITING
        if facts.key in self._batch.left_out:
            return Fate.OUT_OF_BOUNDS
        return Fate.STORED if self._key(facts, event) in self._new else Fate.KNOWN

    def _facts_of(self, event: DeliveryEvent) -> MessageFacts | None:
        """The event's message, where it is known."""
        if isinstance(event, Refused):
            facts = facts_of_refusal(event)
            return self._batch.refusals.get(facts.key, facts)
        return None if isinstance(event, BouncedLate) else self._batch.memory.message_of(event)

    def _key(self, facts: MessageFacts, event: _OfRecipient) -> tuple[UUID, object, str, int]:
        """The key of the event's row, within its account."""
        delivered_to = event.delivered_to if isinstance(event, Reported | HandedOn) else None
        key = facts.key
        id_ = activity_id(self._id_key, facts.owner, key.text, key.arrived_at, event.recipient, delivered_to)
        if isinstance(event, Reported):
            return id_, event.occurred_at, event.status.value, answer_hash(event.remote_host, event.response)
        if isinstance(event, Refused):
            return id_, event.occurred_at, Status.REJECTED.value, answer_hash(None, event.response)
        return id_, key.arrived_at, Status.ACCEPTED.value, answer_hash(None, None)
