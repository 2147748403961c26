"""Messages that went the usual way, told from their events alone: taken, described, queued, answered, removed. Pure.

What such a message comes to depends on no other, and one pass finds the same that `models.working_memory`,
`models.recipients` and `models.projection` find, which weigh everything else.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from operator import attrgetter
from typing import NamedTuple

from models.event import Accepted, Arrived, DeliveryEvent, Described, Queued, Removed, Reported
from models.message_facts import REFUSED_PREFIX, MessageFacts, is_of_account
from models.projection import ANSWERS
from models.working_memory import LATE_LINES_WITHIN

_occurred_at = attrgetter("occurred_at")
_Answers = dict[str, list[Reported]]


class UsualMessage(NamedTuple):
    """A message, the answers of each recipient (oldest first; none: it waits), all its events, the last one's time."""

    facts: MessageFacts
    answers: _Answers
    events: list[DeliveryEvent]
    ended_at: datetime


def by_queue_id(events: Iterable[DeliveryEvent]) -> dict[str, list[DeliveryEvent]]:
    """Events of whatever may be one message, in their order; those that name none stand under ""."""
    groups: defaultdict[str, list[DeliveryEvent]] = defaultdict(list)
    for event in events:
        groups[event.queue_id].append(event)
    return groups


def usual_message(events: list[DeliveryEvent]) -> UsualMessage | None:
    """The message of all events with one queue id; None where they do not tell it, or something is to be weighed."""
    arrived = next((event for event in events if type(event) is Arrived), None)
    if arrived is None or not _tells_all(arrived):
        return None
    named = arrived.arrived_at
    answers: _Answers = {}
    facts = MessageFacts(arrived.relay, arrived.instance, arrived.queue_id, named or arrived.occurred_at)
    facts.apply(arrived)
    latest = events[0].occurred_at
    for event in events:
        if event.arrived_at != named or event.relay != facts.relay or event.instance != facts.instance:
            return None
        if event is arrived:
            continue
        at = event.occurred_at
        if at < latest:  # they are taken in by their times
            return usual_message(sorted(events, key=_occurred_at))
        latest = at
        if type(event) is Reported:
            earlier = answers.setdefault(event.recipient, [])
            if not _may_follow(event, earlier):
                return None
            earlier.append(event)
        elif facts.removed_at is not None:
            return None
        elif type(event) is Described:
            facts.describe(event.envelope_sender, event.sender, event.subject, event.message_id)
        elif type(event) is Accepted:
            facts.describe(event.envelope_sender)
            answers.setdefault(event.recipient, [])
        elif type(event) is Queued or type(event) is Removed:
            facts.apply(event)
        else:
            return None
    message = UsualMessage(facts, answers, events, max(latest, arrived.occurred_at))
    return message if _in_usual_order(message, named) else None


def _tells_all(arrived: Arrived) -> bool:
    """Whether no line elsewhere has to be looked for: of an earlier leg, of a first recipient."""
    return (
        not arrived.first_of_process
        and arrived.origin_queue_id is None
        and arrived.queue_id != ""
        and not arrived.queue_id.startswith(REFUSED_PREFIX)
        and not is_of_account(arrived.instance)
    )


def _may_follow(event: Reported, earlier: list[Reported]) -> bool:
    """Whether it is one more answer of the recipient's server; two of one second would have to be weighed."""
    return (
        event.status in ANSWERS
        and event.tied
        and event.delivered_to is None
        and not (earlier and event.occurred_at == earlier[-1].occurred_at)
    )


def _in_usual_order(message: UsualMessage, named: datetime | None) -> bool:
    """Whether nobody answered before the message was queued, and, with a short queue id, all is of this message."""
    facts = message.facts
    since = facts.queued_at or facts.arrived_at
    if since < facts.arrived_at or any(of_one and of_one[0].occurred_at < since for of_one in message.answers.values()):
        return False
    if named is not None:
        return True
    gone_at = facts.removed_at and facts.removed_at + LATE_LINES_WITHIN
    return message.events[0].occurred_at >= facts.arrived_at and (gone_at is None or message.ended_at <= gone_at)
