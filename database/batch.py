"""One batch of events on its way into the tables: what each is about, and what has to wait. Pure; speaks no SQL."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import chain
from operator import attrgetter
from typing import NamedTuple

import msgspec

from models.attribution import AttributionRules, Owners, account_of, sender_domain
from models.erasure import NOTHING_ERASED, Erasures
from models.event import Accepted, Arrived, BouncedLate, DeliveryEvent, HandedOn, Refused, Reported
from models.message_facts import MessageFacts, MessageKey, facts_of_refusal
from models.recipients import RecipientReport
from models.status import Status
from models.working_memory import WorkingMemory

_OF_RECIPIENTS = (Accepted, Reported, HandedOn)
_occurred_at = attrgetter("occurred_at")

# What bounces out of band wait under until their message can be told (`database.late_bounces`).
LATE_BOUNCES = "late bounces"


class Waiting(NamedTuple):
    """An event that waits for its message, or a link that its message's next leg will look for."""

    reference: str
    event: DeliveryEvent


class Unattributed(NamedTuple):
    """An event whose account nobody can tell, and what was known of its sender."""

    reference: str
    user_name: str | None
    sender_domain: str | None
    event: DeliveryEvent


class Batch:
    """Events, the messages they belong to, and where each event goes."""

    def __init__(self, memory: WorkingMemory, events: Iterable[DeliveryEvent], rules: AttributionRules) -> None:
        self.memory = memory
        self.rules = rules
        self.reports: defaultdict[MessageKey, list[RecipientReport]] = defaultdict(list)
        self.refusals: dict[MessageKey, MessageFacts] = {}
        self.waiting: set[Waiting] = set()
        self.unattributed: set[Unattributed] = set()
        self.left_out: set[MessageKey] = set()
        self._about_recipients: list[Accepted | Reported | HandedOn] = []
        self._refused: list[Refused] = []
        self._erasures = NOTHING_ERASED
        self._learn(events)

    def orphans(self) -> list[MessageFacts]:
        """Messages whose arrival is known and whose account is not yet; refusals are always among them."""
        messages = [facts for facts in self.memory.messages.values() if self._may_have_an_account(facts)]
        return messages + [facts_of_refusal(event) for event in self._refused]

    def assign(self, owners: Owners, erasures: Erasures) -> None:
        """Give every message its account, once for all, and every event its place, without what was erased."""
        self._erasures = erasures
        for facts in self.memory.messages.values():
            if self._may_have_an_account(facts):
                facts.account_id = account_of(facts, self.rules, owners)
        for refusal in self._refused:
            self._assign_refusal(refusal, owners)
        for event in self._about_recipients:
            if isinstance(event, HandedOn):
                self._remember_link(event)
        for event in self._about_recipients:
            self._assign(event)
        self._pass_on_expiry()
        for facts in (*self.memory.messages.values(), *self.refusals.values()):
            erasures.clear(facts)
        self.waiting = {Waiting(reference, erasures.waiting(event, self.memory)) for reference, event in self.waiting}

    def leave_out(self, earliest: Mapping[int, datetime], otherwise: datetime) -> int:
        """Drop what was reported of messages that arrived before their account's earliest, and say how much it was."""
        old = [key for key in self.reports if key.arrived_at < earliest.get(self.facts_of(key).owner, otherwise)]
        self.left_out.update(old)
        return sum(len(self.reports.pop(key)) for key in old)

    def facts_of(self, key: MessageKey) -> MessageFacts:
        """The message, of an account, that something was reported of."""
        return self.refusals[key] if key in self.refusals else self.memory.messages[key]

    def _learn(self, events: Iterable[DeliveryEvent]) -> None:
        """Facts about whole messages first, arrivals before all others: recipients' events need them."""
        by_time = sorted(events, key=_occurred_at)
        arrivals = [event for event in by_time if type(event) is Arrived]
        for event in chain(arrivals, (event for event in by_time if type(event) is not Arrived)):
            if isinstance(event, _OF_RECIPIENTS):
                self._about_recipients.append(event)
                self.memory.learn(event)
            elif isinstance(event, Refused):
                self._refused.append(event)
            elif isinstance(event, BouncedLate):
                self.waiting.add(Waiting(LATE_BOUNCES, event))
            elif self.memory.learn(event) is None:
                self.waiting.add(Waiting(event.queue_id, event))

    def _may_have_an_account(self, facts: MessageFacts) -> bool:
        return (
            facts.account_id is None
            and facts.taken_at is not None
            and not facts.is_notification
            and not self.rules.is_next_leg(facts)
        )

    def _assign_refusal(self, event: Refused, owners: Owners) -> None:
        facts = facts_of_refusal(event)
        facts.account_id = account_of(facts, self.rules, owners)
        if facts.account_id is None:
            self._set_apart(facts, event)
            return
        self.refusals[facts.key] = facts
        self._report(facts, _report_of(event))

    def _remember_link(self, event: HandedOn) -> None:
        facts = self.memory.message_of(event)
        reference = self.memory.link(event, facts.message_id if facts else None)
        self.waiting.add(Waiting(reference, event))

    def _assign(self, event: RecipientReport) -> None:
        facts = self.memory.message_of(event)
        if facts is None:
            self.waiting.add(Waiting(_reference(event), event))
        elif facts.account_id is not None:
            self._report(facts, event)
        elif facts.is_notification:
            pass  # the relay's own mail is nobody's activity
        elif (earlier := self._earlier_leg(facts, event)) is not None:
            self._report(*earlier)
        elif facts.taken_at is None or self.rules.is_next_leg(facts) or self._sender_unknown(facts):
            self.waiting.add(Waiting(_reference(event), event))
        else:
            self._set_apart(facts, event)

    def _report(self, facts: MessageFacts, event: RecipientReport) -> None:
        report = self._erasures.report(event, facts.owner, facts.arrived_at)
        if report is not None:
            self.reports[facts.key].append(report)

    def _set_apart(self, facts: MessageFacts, event: RecipientReport | Refused) -> None:
        event = self._erasures.event(event)
        self.unattributed.add(Unattributed(facts.queue_id, facts.credential, sender_domain(facts), event))

    def _sender_unknown(self, facts: MessageFacts) -> bool:
        """Whether the envelope sender, still to be read, may tell the account."""
        return facts.envelope_sender is None and self.rules.trusts(facts)

    def _earlier_leg(self, facts: MessageFacts, event: RecipientReport) -> tuple[MessageFacts, Reported] | None:
        """The message, of an account, that was handed on to this one, and the event as it reads there."""
        if not isinstance(event, Reported):
            return None
        for link in self.memory.links_of(facts):
            if not self._erasures.same(link.delivered_to or link.recipient, event.recipient):
                continue
            parent = self.memory.message_of(link)
            if parent is not None and parent.account_id is not None:
                return parent, _as_recipient(event, link.recipient, event.delivered_to or link.delivered_to)
        return None

    def _pass_on_expiry(self) -> None:
        """A later leg that expires ends the waiting of the message that it was handed on from."""
        for facts in list(self.memory.messages.values()):
            if facts.expired_at is None or facts.account_id is not None:
                continue
            for link in self.memory.links_of(facts):
                parent = self.memory.message_of(link)
                if parent is not None and (parent.expired_at is None or facts.expired_at < parent.expired_at):
                    parent.expired_at = facts.expired_at


def _reference(event: RecipientReport) -> str:
    """What a recipient's event waits for: its queue id's message, or the next message that a process takes."""
    return event.queue_id or (event.process if isinstance(event, Accepted) else "")


def _report_of(event: Refused) -> Reported:
    return Reported(
        relay=event.relay,
        instance=event.instance,
        queue_id="",
        occurred_at=event.occurred_at,
        status=Status.REJECTED,
        recipient=event.recipient,
        response=event.response,
        smtp_code=event.smtp_code,
        enhanced_code=event.enhanced_code,
    )


def _as_recipient(event: Reported, recipient: str, delivered_to: str | None) -> Reported:
    return msgspec.structs.replace(event, recipient=recipient, delivered_to=delivered_to)
