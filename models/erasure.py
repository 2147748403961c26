"""Addresses that were erased: how they are known without being kept, and what stands in their place. Pure.

Addresses are compared as search compares them, without case and accents (`models.search_text.fold`). An erasure holds
for an account's messages that arrived up to it; an event whose account is not known yet, for those of any account.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from hashlib import blake2b
from typing import Any, NamedTuple, TypeVar

import msgspec

from models.activity_id import activity_id
from models.activity_row import ActivityRow, EventRow, event_row, recipient_event
from models.classifier import Classifier
from models.event import DeliveryEvent, HandedOn, Refused
from models.message_facts import MessageFacts, facts_of_refusal
from models.search_text import fold, search_text
from models.working_memory import WorkingMemory

E = TypeVar("E", bound=DeliveryEvent)

# Fields that hold an address and nothing else, and fields that may quote one.
_ADDRESSES = frozenset({"recipient", "delivered_to", "sender", "envelope_sender"})
_TEXTS = frozenset({"subject", "message_id", "response", "refused_response", "reason_message"})

# An address in a text (RFC 5321 section 4.1.2, RFC 6531), but for a quoted local part. Bounded, so that no text is
# gone through again for each of its characters.
_MENTION = re.compile(
    r"(?P<local>[^\s<>()\[\],;:\"\\@\x00-\x1f\x7f]{1,128})@(?P<domain>[\w-]+(?:\.[\w-]+)*|\[[^\s\]]{1,64}\])"
)
# What a text may write right before an address, though an address may hold it: to=a@example, 'a@example', {a@example}.
_BEFORE = frozenset("=/!|{'`")
_PSEUDONYM = re.compile(r"erased-([0-9a-f]{24})(?:-[0-9a-f]{8})?")
_DIGEST_BYTES = 12
_VARIANT_BYTES = 4


class Erased(NamedTuple):
    """Until which arrival an address is erased, and whether its rows stay under a pseudonym."""

    erased_at: datetime
    pseudonymised: bool


class Erasures:
    """What was erased, by digest and account, among the addresses that a batch names. `key` is the installation's."""

    def __init__(self, key: bytes, known: Mapping[bytes, Mapping[int, Erased]]) -> None:
        self._key = key
        self._known = known

    @property
    def are_any(self) -> bool:
        """Whether any of these addresses was erased, for whomever."""
        return bool(self._known)

    def know(self, address: str) -> bool:
        """Whether this one was."""
        return address_digest(self._key, address) in self._known

    def same(self, one: str, other: str) -> bool:
        """Whether two addresses are the same one, though one of them may have been erased since."""
        return one == other or self._stands_for(one, other) or self._stands_for(other, one)

    def report(self, event: E, account_id: int, arrived_at: datetime) -> E | None:
        """What an event about a recipient of this account's message may say; None when the recipient has no row."""
        if not self._known:
            return event
        if self.removes(getattr(event, "recipient", ""), account_id, arrived_at):
            return None
        return self.event(event, account_id, arrived_at)

    def removes(self, recipient: str, account_id: int, arrived_at: datetime) -> bool:
        """Whether a recipient of this account's message, as the sender wrote it, has no row any more."""
        erased = self._find(recipient, account_id, arrived_at)
        return erased is not None and not erased.pseudonymised

    def event(self, event: E, account_id: int | None = None, arrived_at: datetime | None = None) -> E:
        """An event without erased addresses; of a refusal that names one, the key, which is its text, is hashed."""
        if not self._known:
            return event
        at = arrived_at or event.arrived_at or event.occurred_at
        said = {name: getattr(event, name) for name in event.__struct_fields__}
        changes = self._changes(said, account_id, at)
        if changes and isinstance(event, Refused):
            changes["key"] = facts_of_refusal(event).queue_id
        return msgspec.structs.replace(event, **changes) if changes else event

    def waiting(self, event: DeliveryEvent, memory: WorkingMemory) -> DeliveryEvent:
        """An event that waits; the message of a link may have its account, all others have none yet."""
        facts = memory.message_of(event) if self._known and isinstance(event, HandedOn) else None
        if facts is None or facts.account_id is None:
            return self.event(event)
        return self.event(event, facts.account_id, facts.arrived_at)

    def clear(self, facts: MessageFacts) -> None:
        """Take erased addresses out of what is known of a message."""
        if self._known:
            said = {name: getattr(facts, name) for name in facts.__slots__}
            for name, value in self._changes(said, facts.account_id, facts.arrived_at).items():
                setattr(facts, name, value)

    def row(self, row: ActivityRow, classifier: Classifier) -> ActivityRow | None:
        """A stored row as a replay would make it now; None: it is none of those that stay."""
        if self.removes(row.recipient, row.account_id, row.sent_at):
            return None
        changes = self._changes(row._asdict(), row.account_id, row.sent_at)
        if not changes:
            return row
        new = row._replace(**changes)
        id_ = activity_id(self._key, row.account_id, row.message_key, row.sent_at, new.recipient, new.delivered_to)
        new = new._replace(
            id=id_,
            search_text=search_text(
                recipient=new.recipient,
                delivered_to=new.delivered_to,
                sender=new.sender,
                envelope_sender=new.envelope_sender,
                subject=new.subject,
            ),
        )
        if "reason_message" not in changes:
            return new
        category = classifier.classify(new.reason_message, new.smtp_code, new.enhanced_code).value
        return new._replace(reason_category=category, classifier_version=classifier.version)

    def event_row(self, row: EventRow, activity: ActivityRow, classifier: Classifier) -> EventRow:
        """A stored event of a row that `row` has made, likewise."""
        response = row.response and self._text(row.response, activity.account_id, activity.sent_at)
        if response == row.response:
            return row._replace(activity_id=activity.id)
        return event_row(activity, recipient_event(row)._replace(response=response), classifier)

    def _stands_for(self, name: str, address: str) -> bool:
        return _PSEUDONYM.fullmatch(name) is not None and name == pseudonym(self._key, address)

    def _changes(self, said: Mapping[str, object], account_id: int | None, at: datetime) -> dict[str, Any]:
        changes = {}
        for name, value in said.items():
            if not isinstance(value, str):
                continue
            if name in _ADDRESSES and self._find(value, account_id, at) is not None:
                changes[name] = value if _PSEUDONYM.fullmatch(value) else pseudonym(self._key, value)
            elif name in _TEXTS:
                changes[name] = self._text(value, account_id, at)
        return {name: value for name, value in changes.items() if value != said[name]}

    def _text(self, text: str, account_id: int | None, at: datetime) -> str:
        def replacement(mention: re.Match[str]) -> str:
            for before, address in _readings(mention):
                if self._find(address, account_id, at) is not None:
                    return before + pseudonym(self._key, address)
            return mention[0]

        return _MENTION.sub(replacement, text)

    def _find(self, address: str, account_id: int | None, at: datetime) -> Erased | None:
        by_account = self._known.get(address_digest(self._key, address), {})
        of_whom = by_account.values() if account_id is None else (by_account.get(account_id),)
        return next((erased for erased in of_whom if erased is not None and at <= erased.erased_at), None)


NOTHING_ERASED = Erasures(b"", {})


def address_digest(key: bytes, address: str) -> bytes:
    """The keyed hash by which an address, or its pseudonym, is known; any string has one."""
    if said := _PSEUDONYM.fullmatch(address):
        return bytes.fromhex(said[1])
    return _hash(key, "erased", fold(address), size=_DIGEST_BYTES)


def pseudonym(key: bytes, address: str) -> str:
    """What stands in the address's place: no address that mail could be sent to, and another one for another case.

    Two ways of writing an address may be two recipients of one message, and stay two.
    """
    folded = fold(address)
    name = f"erased-{address_digest(key, folded).hex()}"
    return name if address == folded else f"{name}-{_hash(key, 'variant', address, size=_VARIANT_BYTES).hex()}"


def named_addresses(event: DeliveryEvent | MessageFacts | ActivityRow | EventRow) -> Iterator[str]:
    """All that an event or a row names and that may have been erased; what is none of an address does no harm."""
    for name in _ADDRESSES:
        if value := getattr(event, name, None):
            yield value
    for name in _TEXTS:
        if value := getattr(event, name, None):
            yield from _mentioned(value)


def _mentioned(text: str) -> Iterable[str]:
    return (address for mention in _MENTION.finditer(text) for _, address in _readings(mention))


def _readings(mention: re.Match[str]) -> Iterator[tuple[str, str]]:
    """What stands before the address, and the address: the longest first."""
    local, domain = mention["local"], mention["domain"]
    yield "", f"{local}@{domain}"
    for end, character in enumerate(local, start=1):
        # An apostrophe within a name belongs to it.
        if character in _BEFORE and end < len(local) and (character not in "'`" or end == 1):
            yield local[:end], f"{local[end:]}@{domain}"


def _hash(key: bytes, purpose: str, text: str, *, size: int) -> bytes:
    return blake2b(f"{purpose}\0{text}".encode("utf-8", "surrogatepass"), key=key, digest_size=size).digest()
