"""Postfix's log, line by line, as neutral events; lines are syslog's, or the journal's as JSON.

No I/O; nothing is kept but what each smtpd process said last.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import NamedTuple

import msgspec

from ingest.errors import UnreadableLine
from ingest.first_recipients import FirstRecipients, Held, Process
from ingest.journal_line import read_journal_line
from ingest.postfix_delivery import read_delivery
from ingest.postfix_header import read_from, read_header, read_message_id, read_subject
from ingest.postfix_line import ADDRESS, PostfixLine, Program, Speaker, read_client_address, read_speaker
from ingest.postfix_rejection import (
    REJECTION,
    read_acceptance,
    read_content_rejection,
    read_refusal,
    read_rejection,
)
from ingest.syslog import SyslogClock, read_syslog_line, split_syslog_line
from models.event import Accepted, Arrived, DeliveryEvent, Described, Expired, NotificationMade, Queued, Removed
from models.queue_id import QUEUE_ID, is_queue_id

_CLIENT_VALUES = re.compile(r"([a-z_]+)=(.*?)(?:, (?=[a-z_]+=)|$)", re.DOTALL).findall
_PICKED_UP = re.compile(r"uid=\d+ from=<(.*)>(?: orig_id=(\S+))?", re.DOTALL).fullmatch
_FROM_QUEUE = re.compile(rf"from=<({ADDRESS}|.*?)>, (size|status)=(.*)", re.DOTALL).fullmatch
_NOTIFICATION = re.compile(rf"(?:sender|postmaster) [a-z -]*notification: ({QUEUE_ID})").fullmatch
_FROM = "from=<"
_ACCEPTED = "info: RCPT from "
_NO_QUEUE = "NOQUEUE: "
_FIRST_ACCEPTED = _NO_QUEUE + _ACCEPTED
# smtpd may write these between a recipient's acceptance and its message's queue id.
_IN_BETWEEN = re.compile(
    r"warning: |NOQUEUE: (?:bcc|delay|discard|filter|hold|permit|prepend|redirect|reject_warning|warn): "
).match
# Postfix cuts its lines after 2,000 characters: longer ones are not its own.
_LONGEST_TEXT = 8_000
_REPEATED = "message repeated "
_CONNECTION = ("connect from ", "disconnect from ")
_HEADER_LINE = ("info: header ", "warning: header ")

# Processes live for some hundred messages, so that these are those of days.
_MOST_SPEAKERS = 10_000
_UNHEARD = Speaker("", Program("", "", ""), "")

_Reader = Callable[[PostfixLine, str, str], list[DeliveryEvent]]


class PostfixParser:
    """Lines in, events out. `inner_relays` (`host:port`) are the relay's own next hops: `sent` there is no delivery."""

    def __init__(
        self, clock: SyslogClock, inner_relays: frozenset[str] = frozenset(), held: Iterable[Held] = ()
    ) -> None:
        self._clock = clock
        self._inner_relays = inner_relays
        self._first_recipients = FirstRecipients(held=held)
        self._speakers: dict[str, Speaker | None] = {}
        self._readers: dict[str, _Reader] = {
            "smtpd": self._read_transaction,
            "qmqpd": self._read_transaction,
            "pickup": _read_pickup,
            "cleanup": _read_cleanup,
            "qmgr": _read_queue,
            "oqmgr": _read_queue,
            "nqmgr": _read_queue,
            "postsuper": _read_removal,
            "bounce": _read_notification,
        }

    def parse(self, line: bytes) -> list[DeliveryEvent]:
        """The events of a line, none for most; raises UnreadableLine, and UndatedLog when it cannot be dated."""
        stamp, speaker, text = self._framed(line)
        self._clock.pass_over(stamp)
        if speaker is None:
            return []
        if len(text) > _LONGEST_TEXT and not text.startswith(_REPEATED):
            raise UnreadableLine("The line is longer than Postfix writes any.")
        relay, program, process = speaker
        entry = PostfixLine(relay, program, process, text, stamp, self._clock)
        queue_id, _, said = text.partition(": ")
        if not is_queue_id(queue_id):
            return self._read_without_queue_id(entry)
        if said.startswith("to=<"):
            return read_delivery(entry, queue_id, said, self._inner_relays)
        reader = self._readers.get(program.daemon)
        return reader(entry, queue_id, said) if reader is not None else []

    def _framed(self, line: bytes) -> tuple[str, Speaker | None, str]:
        """A line's stamp, who wrote it, and the text; raises UnreadableLine."""
        if line.startswith(b"{"):  # no stamp of syslog's begins so
            framed = read_journal_line(line)
            return framed.stamp, read_speaker(framed), framed.text
        # A relay's lines come from some hundred processes: each is looked at closely once.
        parts = split_syslog_line(line)
        if parts is not None and (speaker := self._speakers.get(parts[1], _UNHEARD)) is not _UNHEARD:
            return parts[0], speaker, parts[2]
        framed = read_syslog_line(line)
        speaker = read_speaker(framed)
        if len(self._speakers) == _MOST_SPEAKERS:
            self._speakers.clear()
        if framed.origin:
            self._speakers[framed.origin] = speaker
        return framed.stamp, speaker, framed.text

    def open_ends(self) -> list[Accepted]:
        """First recipients whose message no line has named yet; they stay open."""
        return self._first_recipients.waiting()

    def held(self) -> list[Held]:
        """What another parser needs, besides the clock, to go on after the same line."""
        return self._first_recipients.held()

    def _read_without_queue_id(self, line: PostfixLine) -> list[DeliveryEvent]:
        daemon, text = line.program.daemon, line.text
        if daemon not in ("smtpd", "postscreen") or text.startswith(_REPEATED):
            return []
        if text.startswith(_CONNECTION) and daemon == "smtpd":
            self._first_recipients.hold((line.relay, line.process), None)
            return []
        # What a before-queue filter (smtpd_proxy) refuses is written without NOQUEUE.
        said = text.removeprefix(_NO_QUEUE)
        if daemon == "smtpd" and not _IN_BETWEEN(text):
            first = read_acceptance(line, "", said) if text.startswith(_FIRST_ACCEPTED) else None
            self._first_recipients.hold((line.relay, line.process), first)
        return read_refusal(line, said) if REJECTION(said) else []

    def _read_transaction(self, line: PostfixLine, queue_id: str, said: str) -> list[DeliveryEvent]:
        process = (line.relay, line.process)
        if said.startswith("client="):
            return self._read_arrival(line, process, queue_id, said)
        self._first_recipients.hold(process, None)
        if said.startswith(_ACCEPTED):
            accepted = read_acceptance(line, queue_id, said)
            return [accepted] if accepted is not None else []
        return read_rejection(line, queue_id, said) if REJECTION(said) else []

    def _read_arrival(self, line: PostfixLine, process: Process, queue_id: str, said: str) -> list[DeliveryEvent]:
        client = _read_client(said)
        arrived = Arrived(
            **line.common_at_arrival(queue_id),
            credential=client.user_name,
            client_address=client.address,
            service=line.program.service,
            process=line.process,
            first_of_process=not self._first_recipients.knows(process),
            origin_queue_id=client.origin_queue_id,
        )
        first = self._first_recipients.take(process)
        if first is None:
            return [arrived]
        return [arrived, msgspec.structs.replace(first, queue_id=queue_id, arrived_at=arrived.arrived_at, process="")]


class _Client(NamedTuple):
    """Whose mail smtpd takes, and what it was called before, where it comes from another queue."""

    user_name: str | None
    address: str | None
    origin_queue_id: str | None


# The same clients come again and again.
@lru_cache(maxsize=4096)
def _read_client(said: str) -> _Client:
    """What `client=…, sasl_username=…` says."""
    # The first of two wins: a user's name may not say whose mail it is.
    values: dict[str, str] = dict(reversed(_CLIENT_VALUES(said)))
    return _Client(values.get("sasl_username"), read_client_address(values["client"]), values.get("orig_queue_id"))


def _read_pickup(line: PostfixLine, queue_id: str, said: str) -> list[DeliveryEvent]:
    """Local submission; `orig_id` is what a message was called before it was requeued."""
    if not said.startswith("uid="):
        return []
    match = _PICKED_UP(said)
    if match is None:
        raise UnreadableLine("The local submission has no sender.")
    common = line.common_at_arrival(queue_id)
    arrived = Arrived(**common, service=line.program.service, process=line.process, origin_queue_id=match[2])
    return [arrived, Described(**common, envelope_sender=match[1])]


def _read_cleanup(line: PostfixLine, queue_id: str, said: str) -> list[DeliveryEvent]:
    if said.startswith("message-id="):
        message_id = read_message_id(said.removeprefix("message-id="))
        return [Described(**line.common(queue_id), message_id=message_id)] if message_id is not None else []
    if said.startswith(_HEADER_LINE):
        return _read_logged_header(line, queue_id, said)
    if REJECTION(said):
        if said.startswith("milter-reject: END-OF-MESSAGE"):
            return read_rejection(line, queue_id, said)
        return read_content_rejection(line, queue_id, said)
    return _read_removal(line, queue_id, said)


def _read_logged_header(line: PostfixLine, queue_id: str, said: str) -> list[DeliveryEvent]:
    header = read_header(said)
    if header is None:
        return []
    name, value = header
    if name == "subject":
        subject = read_subject(value)
        return [Described(**line.common(queue_id), subject=subject)] if subject is not None else []
    sender = read_from(value)
    return [Described(**line.common(queue_id), sender=sender)] if sender is not None else []


def _read_queue(line: PostfixLine, queue_id: str, said: str) -> list[DeliveryEvent]:
    if not said.startswith(_FROM):
        return _read_removal(line, queue_id, said)
    sender, key, value = usual_sender(said) or any_sender(said)
    common = line.common(queue_id)
    if key == "status":
        return [Expired(**common)] if value.startswith(("expired", "force-expired")) else []
    described = Described(**common, envelope_sender=sender)
    return [described, Queued(**common)] if value.endswith("(queue active)") else [described]


def usual_sender(said: str) -> tuple[str, str, str] | None:
    """What `any_sender` finds where the address has no brackets or quotes; None for others."""
    sender, _, rest = said[len(_FROM) :].partition(">, ")
    if not rest.startswith("size=") or "<" in sender or ">" in sender or '"' in sender:
        return None
    return sender, "size", rest[len("size=") :]


def any_sender(said: str) -> tuple[str, str, str]:
    """The sender, the next key and what follows it; raises UnreadableLine."""
    match = _FROM_QUEUE(said)
    if match is None:
        raise UnreadableLine("The queue manager's line has no sender, or nothing after it.")
    return match[1], match[2], match[3]


def _read_removal(line: PostfixLine, queue_id: str, said: str) -> list[DeliveryEvent]:
    """`removed`; cleanup adds why: `removed (canceled)`."""
    return [Removed(**line.common(queue_id))] if said == "removed" or said.startswith("removed (") else []


def _read_notification(line: PostfixLine, queue_id: str, said: str) -> list[DeliveryEvent]:
    """The line speaks of a message that bounced; the event is about the notification."""
    match = _NOTIFICATION(said)
    return [NotificationMade(**line.common(match[1]))] if match is not None else []
