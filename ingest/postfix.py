"""Postfix's log, line by line, as neutral events; lines are syslog's, or the journal's as JSON.

No I/O; nothing is kept but what each smtpd process said last.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import NamedTuple

from ingest.errors import UnreadableLine
from ingest.first_recipients import FirstRecipients, Held, Process
from ingest.journal_line import read_journal_line
from ingest.postfix_delivery import read_delivery
from ingest.postfix_line import PostfixLine, Program, Speaker, read_client_address, read_speaker
from ingest.postfix_message import described, read_cleanup, read_notification, read_queue, read_removal
from ingest.postfix_rejection import (
    REJECTION,
    read_acceptance,
    read_refusal,
    read_rejection,
)
from ingest.syslog import SyslogClock, read_syslog_line, split_syslog_line
from models.event import Accepted, Arrived, DeliveryEvent
from models.queue_id import is_queue_id

_CLIENT_VALUES = re.compile(r"([a-z_]+)=(.*?)(?:, (?=[a-z_]+=)|$)", re.DOTALL).findall
_PICKED_UP = re.compile(r"uid=\d+ from=<(.*)>(?: orig_id=(\S+))?", re.DOTALL).fullmatch
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
            "cleanup": read_cleanup,
            "qmgr": read_queue,
            "oqmgr": read_queue,
            "nqmgr": read_queue,
            "postsuper": read_removal,
            "bounce": read_notification,
        }

    def parse(self, line: bytes) -> list[DeliveryEvent]:
        """The events of a line, none for most; raises UnreadableLine, and UndatedLog when it cannot be dated."""
        stamp, speaker, text = self._framed(line)
        if stamp[0] > "9":  # the others say their year
            self._clock.pass_over(stamp)
        if speaker is None:
            return []
        if len(text) > _LONGEST_TEXT and not text.startswith(_REPEATED):
            raise UnreadableLine("The line is longer than Postfix writes any.")
        relay, program, process = speaker
        if text.startswith(_CONNECTION):  # every fifth line
            if program.daemon == "smtpd":
                self._first_recipients.hold((relay, process), None)
            return []
        entry = PostfixLine(relay, program, process, text, stamp, self._clock)
        queue_id, _, said = text.partition(": ")
        if " " in queue_id or not is_queue_id(queue_id):
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
        arrived_at, occurred_at = line.times_at_arrival(queue_id)
        arrived = Arrived(
            relay=line.relay,
            instance=line.program.instance,
            queue_id=queue_id,
            arrived_at=arrived_at,
            occurred_at=occurred_at,
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
        of_message = Accepted(
            relay=first.relay,
            instance=first.instance,
            queue_id=queue_id,
            arrived_at=arrived.arrived_at,
            occurred_at=first.occurred_at,
            recipient=first.recipient,
            envelope_sender=first.envelope_sender,
        )
        return [arrived, of_message]


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
    arrived_at, occurred_at = line.times_at_arrival(queue_id)
    arrived = Arrived(
        relay=line.relay,
        instance=line.program.instance,
        queue_id=queue_id,
        arrived_at=arrived_at,
        occurred_at=occurred_at,
        service=line.program.service,
        process=line.process,
        origin_queue_id=match[2],
    )
    return [arrived, described(line, queue_id, envelope_sender=match[1])]
