"""What Postfix refuses or accepts at its door: `reject: RCPT from CLIENT: ANSWER; from=<…> to=<…> …`."""

import re
from functools import lru_cache
from typing import NamedTuple

from ingest.errors import UnreadableLine
from ingest.postfix_line import ADDRESS, PostfixLine, read_client_address, read_codes
from models.event import Accepted, DeliveryEvent, MessageRefused, Refused, Reported
from models.status import Status

REJECTION = re.compile(r"(?:milter-(?:\w+-)?|proxy-)?reject: ").match
"""How the text of a refusal begins (after the queue id, or `NOQUEUE: `); reject_warning refuses nothing."""

_AT_RECIPIENT = re.compile(r"(?:milter-(?:\w+-)?|proxy-)?reject: RCPT ").match
# The stage is an SMTP command or what follows it. smtpd_proxy names no client, postscreen adds a port.
_AT_STAGE = re.compile(
    r"(?:(?:milter-|proxy-)?reject|info): ([A-Z][A-Z-]*(?: content)?)(?: from (\S+?))?: (.*)", re.DOTALL
).fullmatch
# What Postfix adds; postscreen with commas, Postfix 3.12 with the user's name. The last one is Postfix's own.
_ENVELOPE = re.compile(
    rf"(.*);(?: from=<({ADDRESS})>)?(?:,? to=<({ADDRESS})>)?"
    r"(?:,? proto=[^\s,]*)?(?:,? helo=<[^<>]*>)?(?: sasl_\w+=.*)?",
    re.DOTALL,
).fullmatch
# The same with brackets where none belong: an unquoted address, a HELO of several words.
_ODD_ENVELOPE = re.compile(r"(.*); from=<(.*?)>,? to=<(.*?)>,? proto=.*", re.DOTALL).fullmatch
# header_checks and body_checks write what they looked at first, and the answer behind the envelope.
_CONTENT_ANSWER = re.compile(
    rf".*;(?: from=<{ADDRESS}>)?(?: to=<{ADDRESS}>)?(?: proto=\S*)?(?: helo=<[^<>]*>)?: (.+)", re.DOTALL
).fullmatch
_ACCEPTED = "info: RCPT from "
_PROTOCOLS = frozenset({"SMTP", "ESMTP"})
_WORD = re.compile(r"\S+").fullmatch
_WHOLE_MESSAGE = ("DATA", "BDAT", "END-OF-")


class Restriction(NamedTuple):
    """What a restriction's line says. An address that it does not name is None."""

    stage: str
    client: str
    answer: str
    sender: str | None
    recipient: str | None


def read_restriction(text: str) -> Restriction:
    """Take `ACTION: STAGE from CLIENT: ANSWER; from=<…> to=<…> …` apart; raises UnreadableLine."""
    match = _AT_STAGE(text)
    envelope = (_ENVELOPE(match[3]) or _ODD_ENVELOPE(match[3])) if match is not None else None
    if match is None or envelope is None:
        raise UnreadableLine("The restriction has no stage, or no envelope behind its answer.")
    return Restriction(match[1], match[2] or "", envelope[1], envelope[2], envelope[3])


def usual_acceptance(text: str) -> tuple[str, str] | None:
    """Sender and recipient as `read_restriction` finds them in `info: RCPT from …`; None where it has another form.

    The usual one has three pairs of brackets, no quotes, and the keys in their order.
    """
    client, colon, answer = text.removeprefix(_ACCEPTED).partition(": ")
    _, semicolon, envelope = answer.rpartition(";")
    if not (colon and semicolon and _is_word(client)) or '"' in envelope or envelope.count(">") != 3:
        return None
    sender, _, rest = envelope.partition("> to=<")
    recipient, _, rest = rest.partition("> proto=")
    protocol, _, helo = rest.partition(" helo=<")
    if not (sender.startswith(" from=<") and protocol in _PROTOCOLS and helo.endswith(">")) or envelope.count("<") != 3:
        return None
    return sender.removeprefix(" from=<"), recipient


# The same clients come again and again.
@lru_cache(maxsize=4096)
def _is_word(client: str) -> bool:
    return _WORD(client) is not None


def read_acceptance(line: PostfixLine, queue_id: str, text: str) -> Accepted | None:
    """The recipient that `info: RCPT from …` accepts; raises UnreadableLine."""
    sender, recipient = usual_acceptance(text) or read_restriction(text)[-2:]
    if not recipient:
        return None
    arrived_at, occurred_at = line.times(queue_id)
    return Accepted(
        relay=line.relay,
        instance=line.program.instance,
        queue_id=queue_id,
        arrived_at=arrived_at,
        occurred_at=occurred_at,
        recipient=recipient,
        envelope_sender=sender,
        # Without a queue id, the process tells whose recipient it is.
        process="" if queue_id else line.process,
    )


def read_rejection(line: PostfixLine, queue_id: str, text: str) -> list[DeliveryEvent]:
    """A refusal of a message that has a queue id: of one recipient at RCPT, of all later; raises UnreadableLine."""
    restriction = read_restriction(text)
    smtp_code, enhanced_code = read_codes(restriction.answer)
    if restriction.stage == "RCPT":
        if not restriction.recipient:
            raise UnreadableLine("The refusal names no recipient.")
        return [
            Reported(
                **line.common(queue_id),
                status=Status.REJECTED,
                recipient=restriction.recipient,
                response=restriction.answer,
                smtp_code=smtp_code,
                enhanced_code=enhanced_code,
            )
        ]
    if not restriction.stage.startswith(_WHOLE_MESSAGE):
        return []
    return [
        MessageRefused(
            **line.common(queue_id), response=restriction.answer, smtp_code=smtp_code, enhanced_code=enhanced_code
        )
    ]


def read_content_rejection(line: PostfixLine, queue_id: str, text: str) -> list[DeliveryEvent]:
    """A refusal of a whole message by header_checks, body_checks or the form of its MIME parts."""
    answer = _CONTENT_ANSWER(text)
    response = answer[1] if answer is not None else text.partition("reject: ")[2]
    smtp_code, enhanced_code = read_codes(response)
    return [
        MessageRefused(**line.common(queue_id), response=response, smtp_code=smtp_code, enhanced_code=enhanced_code)
    ]


def read_refusal(line: PostfixLine, text: str) -> list[DeliveryEvent]:
    """A refusal before there was a message; nothing when it came before a recipient. Raises UnreadableLine."""
    if " to=<" not in text and not _AT_RECIPIENT(text):
        return []
    restriction = read_restriction(text)
    if not restriction.recipient or not restriction.stage.startswith(("RCPT", *_WHOLE_MESSAGE)):
        return []
    smtp_code, enhanced_code = read_codes(restriction.answer)
    return [
        Refused(
            **line.common(""),
            key=f"{line.process}\t{line.text}",
            recipient=restriction.recipient,
            envelope_sender=restriction.sender or "",
            client_address=read_client_address(restriction.client),
            service=line.program.service,
            response=restriction.answer,
            smtp_code=smtp_code,
            enhanced_code=enhanced_code,
        )
    ]
