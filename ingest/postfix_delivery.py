"""Postfix's delivery lines: `to=<…>, relay=…, delay=…, dsn=…, status=word (reason)`, whichever agent wrote them."""

import re

from ingest.errors import UnreadableLine
from ingest.postfix_line import ADDRESS, PostfixLine, read_codes
from models.event import DeliveryEvent, HandedOn, Reported
from models.status import Status

# Brackets in an address that is not quoted (info_log_addr_form = internal) end where the next key begins.
_RECIPIENT = re.compile(
    rf"to=<({ADDRESS}|.*?)>, (?:orig_to=<({ADDRESS}|.*?)>, )?(?=[a-z_]+=)(.*)", re.DOTALL
).fullmatch
_STATUS = re.compile(r"([A-Za-z-]+)(?: \((.*))?", re.DOTALL).fullmatch
_ANSWER = re.compile(r"(?:said|refused to talk to me): (.*)", re.DOTALL).search
_LATER_ENHANCED_CODE = re.compile(r"[245]\d\d[ -]([245]\.\d{1,3}\.\d{1,3})(?=[ -]|$)", re.ASCII).search
_NEXT_QUEUE_ID = re.compile(r"(?:queued|forwarded) as ([0-9A-Za-z]+)").search
_RELAY = re.compile(r"(.*)\[(.*)\]:(\d+)", re.DOTALL).fullmatch

_OUTCOMES = {
    "sent": Status.DELIVERED,
    "deferred": Status.DEFERRED,
    "SOFTBOUNCE": Status.DEFERRED,
    "bounced": Status.HARD_BOUNCE,
}
_PROBES = frozenset({"deliverable", "undeliverable"})
# These speak of a recipient without having asked its server.
_NEVER_TRY = frozenset({"error", "retry", "qmgr", "oqmgr", "nqmgr", "cleanup", "bounce", "discard"})


def read_delivery(line: PostfixLine, queue_id: str, text: str, inner_relays: frozenset[str]) -> list[DeliveryEvent]:
    """What became of one recipient; nothing for probes and for what discard(8) threw away. Raises UnreadableLine."""
    match = _RECIPIENT(text)
    keys, _, outcome = match[3].partition(", status=") if match is not None else ("", "", "")
    status = _STATUS(outcome)
    if match is None or status is None:
        raise UnreadableLine("The delivery has no recipient or no status.")
    recipient, delivered_to = _as_addressed(match[1], match[2])
    return _events(line, queue_id, recipient, delivered_to, _values(keys), status, inner_relays)


def _events(
    line: PostfixLine,
    queue_id: str,
    recipient: str,
    delivered_to: str | None,
    values: dict[str, str],
    status: re.Match[str],
    inner_relays: frozenset[str],
) -> list[DeliveryEvent]:
    word, reason = status[1], _without_parenthesis(status[2] or "")
    relay = values.get("relay", "none")
    if word in _PROBES or (word == "sent" and relay == "none"):
        return []
    if word not in _OUTCOMES:
        raise UnreadableLine(f"The delivery's status is unknown: {word}.")
    if word == "sent" and (reason.startswith("forwarded as ") or _is_inner(relay, inner_relays)):
        next_queue_id = _NEXT_QUEUE_ID(reason)
        return [
            HandedOn(
                **line.common(queue_id),
                recipient=recipient,
                delivered_to=delivered_to,
                next_queue_id=next_queue_id[1] if next_queue_id is not None else None,
            )
        ]
    smtp_code, enhanced_code = _codes(reason)
    return [
        Reported(
            **line.common(queue_id),
            status=_OUTCOMES[word],
            recipient=recipient,
            delivered_to=delivered_to,
            remote_host=None if relay == "none" else relay,
            response=reason or None,
            smtp_code=smtp_code,
            enhanced_code=enhanced_code or values.get("dsn"),
            attempted=line.program.daemon not in _NEVER_TRY,
        )
    ]


def _as_addressed(final: str, original: str | None) -> tuple[str, str | None]:
    """What the sender wrote, and where an alias of the relay sent it."""
    return (original, final) if original is not None and original != final else (final, None)


def _values(keys: str) -> dict[str, str]:
    """By key: versions of Postfix differ in which they write."""
    return {key: value for key, _, value in (pair.partition("=") for pair in keys.split(", "))}


def _without_parenthesis(reason: str) -> str:
    """The reason up to its last parenthesis; a line that syslog cut has none."""
    return reason.removesuffix(")")


def _codes(reason: str) -> tuple[int | None, str | None]:
    """The codes in a server's own answer. Some servers give the enhanced code in a later line of it only."""
    answer = _ANSWER(reason)
    if answer is None:
        return None, None
    smtp_code, enhanced_code = read_codes(answer[1])
    if smtp_code is not None and enhanced_code is None and (later := _LATER_ENHANCED_CODE(answer[1])) is not None:
        enhanced_code = later[1]
    return smtp_code, enhanced_code


def _is_inner(relay: str, inner_relays: frozenset[str]) -> bool:
    if not inner_relays:
        return False
    match = _RELAY(relay)
    if match is None:
        return relay in inner_relays
    name, address, port = match.groups()
    return not inner_relays.isdisjoint((f"{name}:{port}", f"{address}:{port}", f"[{address}]:{port}"))
