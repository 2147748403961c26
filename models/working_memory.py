"""Which message an event belongs to, among those that a batch of events speaks of. Pure."""

from collections import defaultdict
from collections.abc import Iterable
from copy import copy
from datetime import datetime, timedelta

from models.event import Accepted, Arrived, DeliveryEvent, HandedOn, Reported
from models.message_facts import MessageFacts

# A message's first recipient is logged before the message has its queue id: at most this long before.
FIRST_RECIPIENT_WITHIN = timedelta(minutes=5)
# Processes log side by side: a line may come this long after the one that says that its message is gone.
LATE_LINES_WITHIN = timedelta(minutes=1)

# A MessageKey, or a plain tuple that equals one: looking up is what is done most.
_Key = tuple[str, str, str, datetime]


class WorkingMemory:
    """The messages of a batch: those that were known (`stored`), and those that the batch makes."""

    def __init__(self, stored: Iterable[MessageFacts] = ()) -> None:
        self.messages: dict[_Key, MessageFacts] = {}
        self._stored: dict[_Key, MessageFacts] = {}
        self._by_queue_id: defaultdict[tuple[str, str, str], list[MessageFacts]] = defaultdict(list)
        self._links: defaultdict[str, list[HandedOn]] = defaultdict(list)
        self.add_stored(stored)

    def add_stored(self, stored: Iterable[MessageFacts]) -> None:
        """Messages that were known before the batch."""
        for facts in stored:
            if facts.key not in self.messages:
                self._stored[facts.key] = copy(facts)
                self._add(facts)

    def learn(self, event: DeliveryEvent) -> MessageFacts | None:
        """Take in a fact about a whole message; None when nobody can tell yet which message that is."""
        facts = self._opened_by(event) if isinstance(event, Arrived) else self.message_of(event)
        if facts is not None and not isinstance(event, Reported):  # which is about one recipient
            facts.apply(event)
        return facts

    def message_of(self, event: DeliveryEvent) -> MessageFacts | None:
        """The message an event belongs to: by its arrival where the queue id tells it, else the one open then."""
        if isinstance(event, Accepted) and not event.queue_id:
            return self._taken_by(event)
        if event.arrived_at is not None:
            return self._at((event.relay, event.instance, event.queue_id, event.arrived_at))
        earlier = [
            facts
            for facts in self._by_queue_id[event.relay, event.instance, event.queue_id]
            if facts.arrived_at <= event.occurred_at
            and (facts.removed_at is None or event.occurred_at <= facts.removed_at + LATE_LINES_WITHIN)
        ]
        return max(earlier, key=_arrival, default=None)

    def link(self, event: HandedOn, message_id: str | None) -> str:
        """Remember that a recipient's message goes on elsewhere; returns what its next leg is known by."""
        reference = link_reference(event, message_id)
        self._links[reference].append(event)
        return reference

    def links_of(self, facts: MessageFacts) -> list[HandedOn]:
        """How a message came from an earlier leg of the same relay: what was handed on to it, for each recipient."""
        return [link for reference in references(facts) for link in self._links[reference]]

    def changed(self) -> list[MessageFacts]:
        """The messages of which something is known now that was not stored."""
        return [facts for key, facts in self.messages.items() if facts != self._stored.get(key)]

    def is_new(self, facts: MessageFacts) -> bool:
        """Whether nothing was known of the message before."""
        return facts.key not in self._stored

    def shown_changed(self, facts: MessageFacts) -> bool:
        """Whether something changed that the rows of its recipients show."""
        before = self._stored.get(facts.key)
        return before is None or before.shown != facts.shown

    def _opened_by(self, event: Arrived) -> MessageFacts:
        return self._at((event.relay, event.instance, event.queue_id, event.arrived_at or event.occurred_at))

    def _taken_by(self, event: Accepted) -> MessageFacts | None:
        """The next message that this process took, for a recipient that was read before its queue id."""
        next_ones = [
            facts
            for facts in self.messages.values()
            if facts.relay == event.relay
            and facts.awaiting_process == event.process
            and facts.taken_at is not None
            and event.occurred_at <= facts.taken_at <= event.occurred_at + FIRST_RECIPIENT_WITHIN
            # Where the log was cut between, the process may have taken others: their senders tell, where known.
            and (event.envelope_sender is None or facts.envelope_sender in (None, event.envelope_sender))
        ]
        return min(next_ones, key=_arrival, default=None)

    def _at(self, key: _Key) -> MessageFacts:
        facts = self.messages.get(key)
        if facts is None:
            facts = MessageFacts(*key)
            self._add(facts)
        return facts

    def _add(self, facts: MessageFacts) -> None:
        self.messages[facts.key] = facts
        self._by_queue_id[facts.relay, facts.instance, facts.queue_id].append(facts)


def references(facts: MessageFacts) -> list[str]:
    """What an earlier leg may call this message: its queue id, its Message-ID, the queue id that it came from."""
    named = [facts.queue_id]
    if facts.message_id:
        named.append(f"message-id:{facts.message_id}")
    if facts.origin_queue_id:
        named.append(f"origin:{facts.origin_queue_id}")
    return named


def link_reference(event: HandedOn, message_id: str | None) -> str:
    """What the next leg of a message is known by: its queue id, else the Message-ID, else where it came from."""
    if event.next_queue_id:
        return event.next_queue_id
    return f"message-id:{message_id}" if message_id else f"origin:{event.queue_id}"


def _arrival(facts: MessageFacts) -> datetime:
    return facts.arrived_at
