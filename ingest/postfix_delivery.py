"""Postfix's delivery lines: `to=<…>, relay=…, delay=…, dsn=…, status=word (reason)`, whichever agent wrote them."""

import re
from functools import lru_cache
from typing import NamedTuple

from ingest.errors import UnreadableLine
from ingest.postfix_line import ADDRESS, PostfixLine, read_codes
from models.event import DeliveryEvent, HandedOn, Reported
from models.status import Status

# Brackets in an address that is not quoted (info_log_addr_form = internal) end where the next key begins.
_RECIPIENT = re.compile(rf"to=<({ADDRESS}|.*?)>, (?:orig_to=<({ADDRESS}|.*?)>, )?(?=[a-z_]+=)(.*)", re.DOTALL).fullmatch
# By key, wherever it stands: versions of Postfix differ in what they write between.
_RELAY_KEY = re.compile(r"(?:^|, )relay=([^,]+)").search
_DSN_KEY = re.compile(r"(?:^|, )dsn=([245]\.\d{1,3}\.\d{1,3})", re.ASCII).search
_STATUS = re.compile(r"([A-Za-z-]+)(?: \((.*))?", re.DOTALL).fullmatch
_ANSWER = re.compile(r"(?:said|refused to talk to me): (.*)", re.DOTALL).search
_LATER_ENHANCED_CODE = re.compile(r"[245]\d\d[ -]([245]\.\d{1,3}\.\d{1,3})(?!\.?\d)", re.ASCII).search
_NEXT_QUEUE_ID = re.compile(r"(?:queued|forwarded) as ([0-9A-Za-z]+)").search
_HOST_AND_PORT = re.compile(r"(.*)\[(.*)\]:(\d+)", re.DOTALL).fullmatch

_NO_RELAY = "none"
_OUTCOMES = {
    "sent": Status.DELIVERED,
    "deferred": Status.DEFERRED,
    "SOFTBOUNCE": Status.DEFERRED,
    "bounced": Status.HARD_BOUNCE,
}
_PROBES = frozenset({"deliverable", "undeliverable"})
# These speak of a recipient without having asked its server.
_NEVER_TRY = frozenset({"error", "retry", "qmgr", "oqmgr", "nqmgr", "cleanup", "bounce", "discard"})


class Delivery(NamedTuple):
    """`recipient` is what the sender wrote, `delivered_to` where an alias of the relay sent it."""

    recipient: str
    delivered_to: str | None
    relay: str
    dsn: str | None
    status: str
    reason: str


def read_delivery(line: PostfixLine, queue_id: str, text: str, inner_relays: frozenset[str]) -> list[DeliveryEvent]:
    """What became of one recipient; nothing for probes and for what discard(8) threw away. Raises UnreadableLine."""
    delivery = usual_delivery(text) or any_delivery(text)
    is_sent = delivery.status == "sent"
    if delivery.status in _PROBES or (is_sent and delivery.relay == _NO_RELAY):
        return []
    if is_sent and (delivery.reason.startswith("forwarded as ") or _is_inner(delivery.relay, inner_relays)):
        return [_handed_on(line, queue_id, delivery)]
    return [_reported(line, queue_id, delivery)]


def usual_delivery(text: str) -> Delivery | None:
    """What `any_delivery` finds in the usual line: no alias, no brackets or quotes in the address; None for others."""
    final, _, rest = text[len("to=<") :].partition(">, ")
    if not rest.startswith("relay=") or "<" in final or ">" in final or '"' in final:
        return None
    keys, _, outcome = rest.partition(", status=")
    relay = keys[len("relay=") : (keys + ",").index(",")]
    status, _, reason = outcome.partition(" (")
    if not relay or status not in _OUTCOMES:
        return None
    begin = keys.find(", dsn=")
    dsn = _read_dsn(keys[begin:]) if begin >= 0 else None
    return Delivery(final, None, relay, dsn, status, reason.removesuffix(")"))


def any_delivery(text: str) -> Delivery:
    match = _RECIPIENT(text)
    if match is None:
        raise UnreadableLine("The delivery's recipient has no end.")
    final, original, rest = match.groups()
    keys, _, outcome = rest.partition(", status=")
    status = _STATUS(outcome)
    if status is None:
        raise UnreadableLine("The delivery has no status.")
    relay = _RELAY_KEY(keys)
    is_aliased = original is not None and original != final
    return Delivery(
        recipient=original if is_aliased else final,
        delivered_to=final if is_aliased else None,
        relay=relay[1] if relay is not None else _NO_RELAY,
        dsn=_read_dsn(keys),
        status=status[1],
        # A line that syslog cut has no last parenthesis.
        reason=(status[2] or "").removesuffix(")"),
    )


# It comes last, so that most are the same.
@lru_cache(maxsize=1024)
def _read_dsn(keys: str) -> str | None:
    dsn = _DSN_KEY(keys)
    return dsn[1] if dsn is not None else None


def _handed_on(line: PostfixLine, queue_id: str, delivery: Delivery) -> HandedOn:
    next_queue_id = _NEXT_QUEUE_ID(delivery.reason)
    return HandedOn(
        **line.common(queue_id),
        recipient=delivery.recipient,
        delivered_to=delivery.delivered_to,
        next_queue_id=next_queue_id[1] if next_queue_id is not None else None,
    )


def _reported(line: PostfixLine, queue_id: str, delivery: Delivery) -> Reported:
    if delivery.status not in _OUTCOMES:
        raise UnreadableLine(f"The delivery's status is unknown: {delivery.status}.")
    smtp_code, enhanced_code = read_answer_codes(delivery.reason)
    arrived_at, occurred_at = line.times(queue_id)
    return Reported(
        relay=line.relay,
        instance=line.program.instance,
        queue_id=queue_id,
        arrived_at=arrived_at,
        occurred_at=occurred_at,
        status=_OUTCOMES[delivery.status],
        recipient=delivery.recipient,
        delivered_to=delivery.delivered_to,
        remote_host=None if delivery.relay == _NO_RELAY else delivery.relay,
        response=delivery.reason or None,
        smtp_code=smtp_code,
        enhanced_code=enhanced_code or delivery.dsn,
        attempted=line.program.daemon not in _NEVER_TRY,
    )


def read_answer_codes(reason: str) -> tuple[int | None, str | None]:
    """The codes in a server's own answer. Some servers give the enhanced code in a later line of it only."""
    # Most are none, and a search for two texts at once is slow.
    if "said: " not in reason and "refused to talk to me: " not in reason:
        return None, None
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
    match = _HOST_AND_PORT(relay)
    if match is None:
        return relay in inner_relays
    name, address, port = match.groups()
    return not inner_relays.isdisjoint((f"{name}:{port}", f"{address}:{port}", f"[{address}]:{port}"))
