"""The rows of a message that went the usual way, as COPY takes them; what its recipients share is made once. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from database.copy_format import NULL, beginning, bigint, boolean, instant, integer, smallint, text, uuid
from models.activity_id import message_bits, recipient_bits
from models.classifier import Classifier
from models.event import Reported
from models.message_facts import MessageFacts
from models.projection import answer_hash
from models.search_text import search_text
from models.status import WITH_REASON, Status
from models.usual_message import UsualMessage

_OF_BOTH = ("relay", "credential", "message_id", "queue_id")

# The columns of `smtp_activity`: those that a message's recipients share come first.
ACTIVITY_COLUMNS = (
    *_OF_BOTH,
    *("account_id", "sent_at", "message_key", "classifier_version", "sender", "envelope_sender", "subject"),
    *("id", "recipient", "delivered_to", "search_text", "status", "status_changed_at", "attempt_count"),
    *("reason_message", "smtp_code", "enhanced_code", "reason_category"),
)
# Those of `smtp_event`.
EVENT_COLUMNS = (
    *("account_id", "activity_id", "occurred_at", "status", "answer_hash", "remote_host", "attempted"),
    *("response", "smtp_code", "enhanced_code", "reason_category", "out_of_band", "tied"),
)
# Those of `relay_message`: the last ones are null.
MESSAGE_COLUMNS = (
    *_OF_BOTH,
    *("account_id", "arrived_at", "instance", "taken_at", "client_address", "service"),
    *("envelope_sender", "sender", "subject", "queued_at", "removed_at", "is_notification", "updated_at"),
    *("origin_queue_id", "awaiting_process", "expired_at"),
    *("refused_at", "refused_response", "refused_smtp_code", "refused_enhanced_code"),
)


class UsualRows(NamedTuple):
    """Rows, each list joined: of `relay_message`, `smtp_activity` and `smtp_event`."""

    message: bytes
    activities: bytes
    events: bytes


_MESSAGE_BEGINS, _ACTIVITY_BEGINS, _EVENT_BEGINS = (
    beginning(len(columns)) for columns in (MESSAGE_COLUMNS, ACTIVITY_COLUMNS, EVENT_COLUMNS)
)
_MESSAGE_ENDS = 7 * NULL
_NO_NOTIFICATION = boolean(False)
_NO_REASON = 4 * NULL
_EVENT_ENDS = boolean(False) + boolean(True)
_STATUS = {status: text(status) for status in Status}


def _progress(status: Status) -> bytes:
    """What stands after the time of an event that is no answer."""
    return b"".join((_STATUS[status], bigint(answer_hash(None, None)), NULL, boolean(False), _NO_REASON, _EVENT_ENDS))


_ACCEPTED, _PENDING = _progress(Status.ACCEPTED), _progress(Status.PENDING)


class UsualRowsWriter:
    """Writes the rows of an installation's messages: `id_key` is its key of ids, `now` when they were heard of."""

    def __init__(self, id_key: bytes, classifier: Classifier, now: datetime) -> None:
        self._id_key = id_key
        self._classifier = classifier
        self._version = smallint(classifier.version)
        self._now = instant(now)

    def rows(self, message: UsualMessage) -> UsualRows:
        """The rows of a message that has an account."""
        facts, key = message.facts, message.facts.key.text
        account, arrived, queued = bigint(facts.owner), instant(facts.arrived_at), instant(facts.queued_at)
        envelope_sender = facts.envelope_sender or ""
        sender = facts.sender or envelope_sender
        sent, subject = text(facts.envelope_sender), text(facts.subject)
        of_both = text(facts.relay) + text(facts.credential) + text(facts.message_id) + text(facts.queue_id)
        shown = b"".join((account, arrived, text(key), self._version, text(sender), text(envelope_sender), subject))
        progress, status = [arrived + _ACCEPTED], _STATUS[Status.ACCEPTED] + arrived
        if facts.queued_at is not None:
            progress.append(queued + _PENDING)
            status = _STATUS[Status.PENDING] + queued
        bits = message_bits(self._id_key, facts.owner, key, facts.arrived_at)
        activities, events = list[bytes](), list[bytes]()
        for recipient in sorted(message.answers):
            id_ = uuid(bits | recipient_bits(self._id_key, recipient, recipient))
            begins = _EVENT_BEGINS + account + id_
            for one in progress:
                events += (begins, one)
            answered = self._answered(message.answers[recipient], begins, events)
            searched = search_text(
                recipient=recipient,
                delivered_to=None,
                sender=sender,
                envelope_sender=envelope_sender,
                subject=facts.subject,
            )
            activities += (_ACTIVITY_BEGINS, of_both, shown, id_, text(recipient), NULL, text(searched))
            activities += answered or (status, _UNTRIED)
        return UsualRows(self._message(facts, of_both, sent, subject), b"".join(activities), b"".join(events))

    def _answered(self, answers: Sequence[Reported], begins: bytes, events: list[bytes]) -> Sequence[bytes]:
        """What a recipient's answers come to in its row, from the status on; their own rows are added to the events."""
        attempts, reason = 0, _NO_REASON
        for answer in answers:
            status, codes = answer.status, smallint(answer.smtp_code) + text(answer.enhanced_code)
            if status in WITH_REASON:
                category = self._classifier.classify(answer.response, answer.smtp_code, answer.enhanced_code)
                codes += text(category.value)
                reason = text(answer.response or "") + codes
            else:
                codes += NULL
                reason = _NO_REASON
            attempts += answer.attempted
            events += (
                begins,
                instant(answer.occurred_at),
                _STATUS[status],
                bigint(answer_hash(answer.remote_host, answer.response)),
                text(answer.remote_host),
                boolean(answer.attempted),
                text(answer.response),
                codes,
                _EVENT_ENDS,
            )
        return (_STATUS[answers[-1].status], instant(_since(answers)), integer(attempts), reason) if answers else ()

    def _message(self, facts: MessageFacts, of_both: bytes, sent: bytes, subject: bytes) -> bytes:
        return b"".join(
            (
                _MESSAGE_BEGINS,
                of_both,
                bigint(facts.account_id),
                instant(facts.arrived_at),
                text(facts.instance),
                instant(facts.taken_at),
                text(facts.client_address),
                text(facts.service),
                sent,
                text(facts.sender),
                subject,
                instant(facts.queued_at),
                instant(facts.removed_at),
                _NO_NOTIFICATION,
                self._now,
                _MESSAGE_ENDS,
            )
        )


_UNTRIED = integer(0) + _NO_REASON


def _since(answers: Sequence[Reported]) -> datetime:
    """When the last answer's status was reached: by the first of the last ones that agree (docs/decisions/0008)."""
    last, since = answers[-1], answers[-1].occurred_at
    for answer in reversed(answers):
        if answer.status is not last.status:
            break
        since = answer.occurred_at
    return since
