"""The rows of a message that went the usual way, as COPY takes them; what its recipients share is made once. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from database.copy_format import NULL, beginning, bigint, boolean, instant, integer, smallint, text, text_again, uuid
from models.activity_id import message_bits, recipient_bits
from models.classifier import Classifier
from models.event import Reported
from models.message_facts import MessageFacts
from models.projection import answer_hash
from models.search_text import search_text_of, what_recipients_share
from models.status import WITH_REASON, Status
from models.usual_message import UsualMessage

_OF_BOTH = ("relay", "credential", "message_id", "queue_id", "account_id")

# The columns of `smtp_activity`: those that a message's recipients share come first.
ACTIVITY_COLUMNS = (
    *_OF_BOTH,
    *("sent_at", "message_key", "classifier_version", "sender", "envelope_sender", "subject"),
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
    *("arrived_at", "instance", "taken_at", "client_address", "service"),
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
        of_both = text_again(facts.relay) + text_again(facts.credential) + text(facts.message_id) + text(facts.queue_id)
        of_both += account + arrived
        sent_from = sent if facts.envelope_sender is not None else _EMPTY
        shown = b"".join((text(key), self._version, text_again(sender), sent_from, subject))
        progress, status = [arrived + _ACCEPTED], _STATUS[Status.ACCEPTED] + arrived
        if facts.queued_at is not None:
            progress.append(queued + _PENDING)
            status = _STATUS[Status.PENDING] + queued
        shared = what_recipients_share(sender, envelope_sender, facts.subject)
        bits = message_bits(self._id_key, facts.owner, key, facts.arrived_at)
        of_account = _EVENT_BEGINS + account
        activities, events = list[bytes](), list[bytes]()
        for recipient in sorted(message.answers):
            id_ = uuid(bits | recipient_bits(self._id_key, recipient, recipient))
            begins = of_account + id_
            for one in progress:
                events += (begins, one)
            answered = self._answered(message.answers[recipient], begins, events)
            searched = text(search_text_of(recipient, None, shared))
            activities += (_ACTIVITY_BEGINS, of_both, shown, id_, text(recipient), NULL, searched)
            activities += answered or (status, _UNTRIED)
        of_message = self._message(facts, of_both, sent, subject + queued)
        return UsualRows(of_message, b"".join(activities), b"".join(events))

    def _answered(self, answers: Sequence[Reported], begins: bytes, events: list[bytes]) -> Sequence[bytes]:
        """What a recipient's answers come to in its row, from the status on; their own rows are added to the events.

        Its status was reached by the first of the last ones that agree (docs/decisions/0008).
        """
        attempts, before, since, reason = 0, None, NULL, _NO_REASON
        for answer in answers:
            status, response, at = answer.status, answer.response, instant(answer.occurred_at)
            codes = smallint(answer.smtp_code) + text_again(answer.enhanced_code)
            if status in WITH_REASON:
                category = self._classifier.classify(response, answer.smtp_code, answer.enhanced_code)
                codes += text_again(category.value)
                reason = text(response or "") + codes
            else:
                codes += NULL
                reason = _NO_REASON
            if status is not before:
                before, since = status, at
            attempts += answer.attempted
            remote_host, hashed = text_again(answer.remote_host), bigint(answer_hash(answer.remote_host, response))
            events += (begins, at, _STATUS[status], hashed, remote_host, boolean(answer.attempted))
            events += (text(response), codes, _EVENT_ENDS)
        return () if before is None else (_STATUS[before], since, integer(attempts), reason)

    def _message(self, facts: MessageFacts, of_both: bytes, sent: bytes, subject_and_queued: bytes) -> bytes:
        return b"".join(
            (
                _MESSAGE_BEGINS,
                of_both,
                text_again(facts.instance),
                instant(facts.taken_at),
                text_again(facts.client_address),
                text_again(facts.service),
                sent,
                text_again(facts.sender),
                subject_and_queued,
                instant(facts.removed_at),
                _NO_NOTIFICATION,
                self._now,
                _MESSAGE_ENDS,
            )
        )


_EMPTY = text("")
_UNTRIED = integer(0) + _NO_REASON
