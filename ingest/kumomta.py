"""KumoMTA's log records as the store's events. No I/O; each line stands for itself."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from ingest.encoded_words import decode_words
from ingest.errors import UnreadableLine
from ingest.json_line import storable_json
from ingest.kumomta_record import Peer, Record
from ingest.postfix_header import read_from, read_message_id
from ingest.postfix_line import Common
from models.event import Accepted, Arrived, BouncedLate, DeliveryEvent, Described, Expired, HandedOn, Refused, Reported
from models.status import Status

MEDIA_TYPE = "application/vnd.kumomta.log-records+ndjson"

_DECODER = msgspec.json.Decoder(Record)

_OUTCOMES = {
    "Delayed": Status.PENDING,
    "TransientFailure": Status.DEFERRED,
    "Delivery": Status.DELIVERED,
    "Bounce": Status.HARD_BOUNCE,
    "AdminBounce": Status.HARD_BOUNCE,
}
_TRIED = frozenset({"TransientFailure", "Delivery", "Bounce"})
# Of the relay's inner life, or a complaint: nothing that changes what became of a recipient.
_SAY_NOTHING = frozenset({"Feedback", "AdminRebind", "DeferredInjectionRebind", "XferIn"})

# What the node that a message was transferred to calls it.
_NEW_ID = re.compile(r"new id is (\S+)").fullmatch
_WITH_PORT = re.compile(r"\[(.+)\]:\d+|([^:]+):\d+").fullmatch
_FOLD = re.compile(r"\r?\n(?=[ \t])")
# RFC 5321, section 4.2: nothing else is a reply code. KumoMTA's own answers may have none.
_REPLY_CODES = range(200, 600)
_PERMANENT_CODES = 500
# RFC 3463, section 3.1: the class of a persistent transient failure.
_TRANSIENT = 4
_REPORTED_WITHIN = timedelta(days=5)


class KumoMtaParser:
    """Lines in, events out."""

    def parse(self, line: bytes) -> Sequence[DeliveryEvent]:
        """The events of a line, none for a blank one; raises UnreadableLine."""
        if line.isspace():
            return ()
        try:
            record = _DECODER.decode(storable_json(line))
        except msgspec.DecodeError as error:
            raise UnreadableLine(f"The line is none of KumoMTA's records in JSON: {error}.") from error
        if record.type in _SAY_NOTHING:
            return ()
        if record.type == "Rejection":
            return list(_refused(record))
        if not (record.id and record.recipients):
            raise UnreadableLine(f"The {record.type} has no {'recipient' if record.id else 'id'}.")
        return list(_events(record))


def _events(record: Record) -> Iterator[DeliveryEvent]:
    common = _common(record)
    match record.type:
        case "Reception":
            yield from _received(record, common)
        case "Expiration":
            # It may be the first that names them.
            yield from (Accepted(**common, recipient=recipient) for recipient in record.recipients)
            yield Expired(**common)
        case "OOB":
            yield from (_bounced_late(record, recipient) for recipient in record.recipients)
        case "XferOut":
            new_id = _NEW_ID(record.response.content)
            next_queue_id = new_id[1] if new_id else None
            for recipient in record.recipients:
                yield HandedOn(**common, recipient=recipient, next_queue_id=next_queue_id)
        case _:
            yield from (_reported(record, common, recipient) for recipient in record.recipients)


def _received(record: Record, common: Common) -> Iterator[DeliveryEvent]:
    """The only record whose peer is the submitter: who a message is from, no other one says."""
    yield Arrived(
        **common,
        credential=_tenant(record),
        client_address=_host(record.peer_address),
        service=f"kumomta-{record.reception_protocol.lower()}" if record.reception_protocol else "kumomta",
    )
    subject, sender, message_id = (_header(record, name) for name in ("subject", "from", "message-id"))
    yield Described(
        **common,
        envelope_sender=record.sender,
        sender=read_from(sender) if sender else None,
        subject=decode_words(subject).strip() or None if subject else None,
        message_id=read_message_id(message_id) if message_id else None,
    )
    yield from (Accepted(**common, recipient=recipient) for recipient in record.recipients)


def _reported(record: Record, common: Common, recipient: str) -> Reported:
    status = _OUTCOMES[record.type]
    if status is Status.PENDING:
        return Reported(**common, status=status, recipient=recipient)
    return Reported(
        **common,
        status=status,
        recipient=recipient,
        remote_host=_remote_host(record.peer_address),
        response=record.response.text,
        smtp_code=_smtp_code(record),
        enhanced_code=_enhanced_code(record),
        attempted=record.type in _TRIED,
    )


def _bounced_late(record: Record, recipient: str) -> BouncedLate:
    """The record's id is the report's. Its time is what the other side says: of no use when it lies far off."""
    received = _instant(record.created)
    said = _instant(record.timestamp)
    enhanced_code = record.response.enhanced_code
    is_soft = enhanced_code.class_ == _TRANSIENT if enhanced_code else record.response.code < _PERMANENT_CODES
    return BouncedLate(
        relay=record.nodeid,
        queue_id=record.id,
        occurred_at=said if received - _REPORTED_WITHIN <= said <= received else received,
        status=Status.SOFT_BOUNCE if is_soft else Status.HARD_BOUNCE,
        recipient=recipient,
        envelope_sender=record.sender,
        credential=_tenant(record),
        remote_host=_remote_host(record.peer_address),
        response=record.response.text,
        smtp_code=_smtp_code(record),
        enhanced_code=_enhanced_code(record),
    )


def _refused(record: Record) -> Iterator[Refused]:
    """Before a message existed; of a refusal that names no recipient there is no row."""
    for recipient in record.recipients:
        yield Refused(
            relay=record.nodeid,
            queue_id="",
            occurred_at=_instant(record.timestamp),
            key="\n".join((record.session_id or "", record.sender, recipient, record.response.text)),
            recipient=recipient,
            envelope_sender=record.sender,
            client_address=_host(record.peer_address),
            service="kumomta",
            response=record.response.text,
            smtp_code=_smtp_code(record),
            enhanced_code=_enhanced_code(record),
        )


def _common(record: Record) -> Common:
    return {
        "relay": record.nodeid,
        "instance": "",
        "queue_id": record.id,
        "arrived_at": _instant(record.created),
        # A clock that was set back must not put an answer before its question.
        "occurred_at": _instant(max(record.timestamp, record.created)),
    }


def _tenant(record: Record) -> str | None:
    """Who sends: what the operator's policy wrote into the message's `tenant`, else its queue's tenant."""
    tenant = _in_any_case(record.meta, "tenant")
    if tenant is not None:
        return tenant
    # `campaign:tenant@domain`, all but the domain left out where it is not used.
    before_domain, at, _ = record.queue.partition("@")
    campaign, colon, behind = before_domain.partition(":")
    return (behind if colon else campaign) or None if at else None


def _header(record: Record, name: str) -> str | None:
    """A header that the operator has logged, as such or copied to the message's meta; of several the first."""
    value = _in_any_case(record.headers, name) or _in_any_case(record.meta, name)
    return _FOLD.sub("", value) if value is not None else None


def _in_any_case(values: dict[str, Any], name: str) -> str | None:
    """What stands under a name, `message-id` or `Message_ID`; raises UnreadableLine when that is no text."""
    for key, value in values.items():
        if key.lower().replace("_", "-") == name:
            first = next(iter(value), None) if isinstance(value, list) else value
            if first is None or isinstance(first, str):
                return first or None
            if isinstance(first, int | float):
                return str(first)
            raise UnreadableLine(f"The record's {key} is no text.")
    return None


def _remote_host(peer: Peer | None) -> str | None:
    return f"{peer.name.rstrip('.')}[{peer.addr}]" if peer else None


def _host(peer: Peer | None) -> str | None:
    if peer is None:
        return None
    with_port = _WITH_PORT(peer.addr)
    return with_port[1] or with_port[2] if with_port else peer.addr


def _smtp_code(record: Record) -> int | None:
    return record.response.code if record.response.code in _REPLY_CODES else None


def _enhanced_code(record: Record) -> str | None:
    return str(record.response.enhanced_code) if record.response.enhanced_code else None


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
