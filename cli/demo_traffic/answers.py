"""What recipients' servers, and the relay on their behalf, say in the demo, in the words that Postfix logs."""

from typing import NamedTuple

from ingest.postfix_line import read_codes


class Answer(NamedTuple):
    """An answer: `{recipient}`, `{domain}` and `{host}` are still to be filled in; `by_server`: a server gave it."""

    text: str
    smtp_code: int | None = None
    enhanced_code: str | None = None
    by_server: bool = False


def _reply(text: str) -> Answer:
    return Answer(text, *read_codes(text), by_server=True)


def _said(reply: str, command: str = "RCPT TO") -> Answer:
    return _reply(reply)._replace(text=f"host {{host}} said: {reply} (in reply to {command} command)")


def _by_relay(reply: str) -> Answer:
    return Answer(reply, *read_codes(reply))


_END_OF_DATA = "end of DATA"

TAKEN = (
    _reply("250 2.0.0 Ok: queued"),
    _reply("250 2.6.0 Message accepted for delivery"),
    _reply("250 2.1.5 <{recipient}> delivered to mailbox"),
)
GREYLISTED = (
    _said("450 4.2.0 <{recipient}>: Recipient address rejected: Greylisted, try again in 5 minutes"),
    _said("451 4.7.1 Greylisting in action, please come back later"),
)
BUSY = (
    _said("421 4.7.0 Too many connections from your address, slow down", "MAIL FROM"),
    _said("452 4.3.2 Connection rate limit exceeded", "MAIL FROM"),
    _said("451 4.3.0 Temporary system problem, try again later", _END_OF_DATA),
    Answer("lost connection with {host} while sending RCPT TO", enhanced_code="4.4.2", by_server=True),
)
UNREACHABLE = (
    Answer("connect to {host}:25: Connection timed out", enhanced_code="4.4.1"),
    Answer("connect to {host}:25: Connection refused", enhanced_code="4.4.1"),
)
BROKEN = (
    _said("451 4.3.0 Internal server error, please try later", _END_OF_DATA),
    _said("451 4.3.5 Server configuration problem"),
)
FULL = (
    _said("452 4.2.2 <{recipient}>: Mailbox is full, try again later"),
    _said("452 4.2.2 The recipient is over quota"),
)
UNKNOWN = (
    _said("550 5.1.1 <{recipient}>: Recipient address rejected: User unknown in virtual mailbox table"),
    _said("550 5.1.1 No such user here"),
)
CLOSED = (
    _said("550 5.2.1 <{recipient}>: The mailbox is disabled and takes no messages"),
    _said("550 5.2.1 This account is no longer active"),
)
NO_DOMAIN = (
    Answer(
        "Host or domain name not found. Name service error for name={domain} type=MX: Host not found",
        enhanced_code="5.4.4",
    ),
)
GUARDED = (
    _said("554 5.7.1 Client host rejected: blocked using dnsbl.example", "MAIL FROM"),
    _said("550 5.7.26 The sender failed DMARC authentication", _END_OF_DATA),
    _said("550 5.7.1 Rejected by local policy"),
)
REFUSED_CONTENT = (
    _said("554 5.7.1 Message content rejected as spam", _END_OF_DATA),
    _said("552 5.2.3 Message length exceeds limit set by recipient", _END_OF_DATA),
)
MISTYPED = (
    _by_relay("550 5.1.3 <{recipient}>: Recipient address rejected: Invalid recipient address"),
    _by_relay("550 5.1.2 <{recipient}>: Recipient address rejected: Domain not found"),
)
REFUSED_LETTER = (
    _by_relay("452 4.7.1 SMTP sending quota reached"),
    _by_relay("550 5.7.1 Sender domain is not authenticated"),
    _by_relay("552 5.3.4 Message size exceeds fixed limit"),
    _by_relay("550 5.7.1 Message content rejected: attachment of a type that is not allowed"),
)
