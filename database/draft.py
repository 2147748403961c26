"""A batch of events before its transaction: the rows of messages that went the usual way, made ahead. Pure.

They hold where nothing was known of a message and its account is the one that was guessed: who writes them asks the
database first (`database.confirmed`), and takes in the events of all others as the rest.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import NamedTuple

from database.usual_rows import UsualRows, UsualRowsWriter
from models.attribution import AttributionRules, Owners, account_of
from models.erasure import named_addresses
from models.event import DeliveryEvent
from models.message_facts import MessageFacts
from models.usual_message import UsualMessage, by_queue_id, usual_message

_occurred_at = attrgetter("occurred_at")
# Some tenths of a millisecond: a database that answers meanwhile waits for no longer.
_MESSAGES_PER_SLICE = 8


class Bounds(NamedTuple):
    """When the messages arrived that are stored, and up to when they may have been heard of."""

    earliest: datetime
    latest: datetime

    def hold(self, event: DeliveryEvent) -> bool:
        """Whether the event is of such a message."""
        return (event.arrived_at or event.occurred_at) >= self.earliest and event.occurred_at <= self.latest


class Drafted(NamedTuple):
    """A message of an account, and its rows."""

    facts: MessageFacts
    events: list[DeliveryEvent]
    new_rows: int
    rows: UsualRows

    def addresses(self) -> Iterator[str]:
        """All that its events name and that may have been erased."""
        return (address for event in self.events for address in named_addresses(event))


@dataclass(slots=True)
class Draft:
    """What a batch comes to as far as its events alone tell; `rest` are the events that have to be weighed."""

    now: datetime
    messages: list[Drafted] = field(default_factory=list)
    rest: list[DeliveryEvent] = field(default_factory=list)
    out_of_bounds: int = 0
    newest: datetime | None = None

    @property
    def new_rows(self) -> int:
        """How many activities the drafted messages have."""
        return sum(message.new_rows for message in self.messages)

    def keep(self, holds: Callable[[Drafted], bool]) -> None:
        """Give the events of all other messages to the rest."""
        kept = []
        for message in self.messages:
            if holds(message):
                kept.append(message)
            else:
                self.rest += message.events
        self.messages = kept


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a draft is made by; `owners` are a guess."""

    rules: AttributionRules
    owners: Owners
    bounds: Bounds
    writer: UsualRowsWriter

    def drafts(self, events: Sequence[DeliveryEvent], now: datetime) -> Iterator[Draft | None]:
        """The draft of a batch; before it None now and then, where it is not ready yet."""
        draft, rest, times = Draft(now), list[DeliveryEvent](), list[datetime]()
        for number, of_one in enumerate(by_queue_id(events).values(), start=1):
            message = usual_message(of_one)
            if message is not None and (drafted := self._drafted(message)) is not None:
                draft.messages.append(drafted)
                times.append(message.ended_at)
            else:
                rest += of_one
            if not number % _MESSAGES_PER_SLICE:
                yield None
        draft.rest = list(filter(self.bounds.hold, rest))
        draft.out_of_bounds = len(rest) - len(draft.rest)
        times += map(_occurred_at, draft.rest)
        draft.newest = max(times, default=None)
        yield draft

    def _drafted(self, message: UsualMessage) -> Drafted | None:
        facts = message.facts
        if facts.arrived_at < self.bounds.earliest or message.ended_at > self.bounds.latest:
            return None
        if self.rules.is_next_leg(facts):
            return None
        facts.account_id = account_of(facts, self.rules, self.owners)
        if facts.account_id is None:
            return None
        return Drafted(facts, message.events, len(message.answers), self.writer.rows(message))
