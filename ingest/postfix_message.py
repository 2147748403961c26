"""What cleanup, the queue manager and others of Postfix say of a whole message, as neutral events."""

import re

from ingest.errors import UnreadableLine
from ingest.postfix_header import read_from, read_header, read_message_id, read_subject
from ingest.postfix_line import ADDRESS, PostfixLine
from ingest.postfix_rejection import REJECTION, read_content_rejection, read_rejection
from models.event import DeliveryEvent, Described, Expired, NotificationMade, Queued, Removed
from models.queue_id import QUEUE_ID

_FROM_QUEUE = re.compile(rf"from=<({ADDRESS}|.*?)>, (size|status)=(.*)", re.DOTALL).fullmatch
_NOTIFICATION = re.compile(rf"(?:sender|postmaster) [a-z -]*notification: ({QUEUE_ID})").fullmatch
_FROM = "from=<"
_HEADER_LINE = ("info: header ", "warning: header ")


def read_cleanup(line: PostfixLine, queue_id: str, said: str) -> list[DeliveryEvent]:
    """A Message-ID, a header that is logged, or a refusal or removal of the message; raises UnreadableLine."""
    if said.startswith("message-id="):
        message_id = read_message_id(said.removeprefix("message-id="))
        return [described(line, queue_id, message_id=message_id)] if message_id is not None else []
    if said.startswith(_HEADER_LINE):
        return _read_logged_header(line, queue_id, said)
    if REJECTION(said):
        if said.startswith("milter-reject: END-OF-MESSAGE"):
            return read_rejection(line, queue_id, said)
        return read_content_rejection(line, queue_id, said)
    return read_removal(line, queue_id, said)


def _read_logged_header(line: PostfixLine, queue_id: str, said: str) -> list[DeliveryEvent]:
    header = read_header(said)
    if header is None:
        return []
    name, value = header
    if name == "subject":
        subject = read_subject(value)
        return [described(line, queue_id, subject=subject)] if subject is not None else []
    sender = read_from(value)
    return [described(line, queue_id, sender=sender)] if sender is not None else []


def described(
    line: PostfixLine,
    queue_id: str,
    *,
    envelope_sender: str | None = None,
    sender: str | None = None,
    subject: str | None = None,
    message_id: str | None = None,
) -> Described:
    """What a line says of its message; None is not said."""
    arrived_at, occurred_at = line.times(queue_id)
    return Described(
        relay=line.relay,
        instance=line.program.instance,
        queue_id=queue_id,
        arrived_at=arrived_at,
        occurred_at=occurred_at,
        envelope_sender=envelope_sender,
        sender=sender,
        subject=subject,
        message_id=message_id,
    )


def read_queue(line: PostfixLine, queue_id: str, said: str) -> list[DeliveryEvent]:
    """The sender, that the message became active, expired or left the queue; raises UnreadableLine."""
    if not said.startswith(_FROM):
        return read_removal(line, queue_id, said)
    sender, key, value = usual_sender(said) or any_sender(said)
    if key == "status":
        return [Expired(**line.common(queue_id))] if value.startswith(("expired", "force-expired")) else []
    of_sender = described(line, queue_id, envelope_sender=sender)
    if not value.endswith("(queue active)"):
        return [of_sender]
    queued = Queued(
        relay=of_sender.relay,
        instance=of_sender.instance,
        queue_id=queue_id,
        arrived_at=of_sender.arrived_at,
        occurred_at=of_sender.occurred_at,
    )
    return [of_sender, queued]


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


def read_removal(line: PostfixLine, queue_id: str, said: str) -> list[DeliveryEvent]:
    """`removed`; cleanup adds why: `removed (canceled)`."""
    if said != "removed" and not said.startswith("removed ("):
        return []
    arrived_at, occurred_at = line.times(queue_id)
    return [
        Removed(
            relay=line.relay,
            instance=line.program.instance,
            queue_id=queue_id,
            arrived_at=arrived_at,
            occurred_at=occurred_at,
        )
    ]


def read_notification(line: PostfixLine, queue_id: str, said: str) -> list[DeliveryEvent]:
    """The line speaks of a message that bounced; the event is about the notification."""
    match = _NOTIFICATION(said)
    return [NotificationMade(**line.common(match[1]))] if match is not None else []
