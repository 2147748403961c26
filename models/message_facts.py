"""What is known of one message so far, gathered from events in any order. Pure."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import NamedTuple

from models.event import (
    Accepted,
    Arrived,
    BouncedLate,
    DeliveryEvent,
    Described,
    Expired,
    HandedOn,
    MessageRefused,
    NotificationMade,
    Queued,
    Refused,
    Removed,
    Reported,
)
from models.projection import MessageTimes, RecipientEvent
from models.status import Status

# What stands for the queue id of a recipient that was refused before a message existed.
REFUSED_PREFIX = "NOQUEUE/"
# No instance of a mail server's is called so: Postfix's begin with its name.
_ACCOUNT_PREFIX = "account:"


def instance_of_account(account_id: int) -> str:
    """What stands for the relay's instance in messages that an account records itself: nobody else's are so called."""
    return f"{_ACCOUNT_PREFIX}{account_id}"


def is_of_account(instance: str) -> bool:
    """Whether that is such an instance."""
    return instance.startswith(_ACCOUNT_PREFIX)


class MessageKey(NamedTuple):
    """What makes a message one: a relay uses a short queue id again, but not for the same arrival."""

    relay: str
    instance: str
    queue_id: str
    arrived_at: datetime

    @property
    def text(self) -> str:
        """The key within its second, as rows carry it."""
        return f"{self.relay}/{self.instance}/{self.queue_id}"


@dataclass(slots=True)
class MessageFacts:
    """The columns of `relay_message`, by name; None is not known yet. `apply` changes facts, and so does an erasure."""

    relay: str
    instance: str
    queue_id: str
    arrived_at: datetime
    account_id: int | None = None
    taken_at: datetime | None = None
    credential: str | None = None
    client_address: str | None = None
    service: str | None = None
    origin_queue_id: str | None = None
    awaiting_process: str | None = None
    envelope_sender: str | None = None
    sender: str | None = None
    subject: str | None = None
    message_id: str | None = None
    queued_at: datetime | None = None
    refused_at: datetime | None = None
    refused_response: str | None = None
    refused_smtp_code: int | None = None
    refused_enhanced_code: str | None = None
    expired_at: datetime | None = None
    removed_at: datetime | None = None
    is_notification: bool = False

    def __post_init__(self) -> None:
        """A message that an account records itself is that account's, whatever is said of it."""
        if self.account_id is None and is_of_account(self.instance):
            self.account_id = int(self.instance.removeprefix(_ACCOUNT_PREFIX))

    @property
    def key(self) -> MessageKey:
        """The message's key."""
        return MessageKey(self.relay, self.instance, self.queue_id, self.arrived_at)

    @property
    def owner(self) -> int:
        """The account; raises ValueError while it is not known, because such a message has no rows."""
        if self.account_id is None:
            raise ValueError(f"The message {self.key.text} has no account yet.")
        return self.account_id

    @property
    def has_queue_id(self) -> bool:
        """False for what was refused before a message existed."""
        return not self.queue_id.startswith(REFUSED_PREFIX)

    @property
    def shown(self) -> tuple[object, ...]:
        """Everything about the message that its recipients' rows show."""
        return (
            self.account_id,
            self.credential,
            self.envelope_sender,
            self.sender,
            self.subject,
            self.message_id,
            self.times,
        )

    @property
    def times(self) -> MessageTimes:
        """What its recipients' projection needs to know."""
        refusal = None
        if self.refused_at is not None:
            refusal = RecipientEvent(
                self.refused_at,
                Status.REJECTED,
                response=self.refused_response,
                smtp_code=self.refused_smtp_code,
                enhanced_code=self.refused_enhanced_code,
            )
        return MessageTimes(self.arrived_at, self.queued_at, self.expired_at, refusal)

    def apply(self, event: DeliveryEvent) -> None:
        """Take in what an event says of the whole message."""
        match event:  # the most frequent first
            case Described():
                self.describe(event.envelope_sender, event.sender, event.subject, event.message_id)
            case Accepted():
                self.describe(event.envelope_sender)
            case Queued():
                self.queued_at = _earlier(self.queued_at, event.occurred_at)
            case Arrived():
                self._take(event)
            case Removed():
                self.removed_at = _later(self.removed_at, event.occurred_at)
            case Expired():
                self.expired_at = _earlier(self.expired_at, event.occurred_at)
            case MessageRefused():
                self._refuse(event)
            case NotificationMade():
                self.is_notification = True
            case Reported() | Refused() | HandedOn() | BouncedLate():
                pass  # about one recipient

    def describe(
        self,
        envelope_sender: str | None,
        sender: str | None = None,
        subject: str | None = None,
        message_id: str | None = None,
    ) -> None:
        """Take in what is said of the message itself; None is not said."""
        # The first that is read stays: Postfix repeats these lines at every retry, always alike.
        if self.envelope_sender is None:
            self.envelope_sender = envelope_sender
        if self.sender is None:
            self.sender = sender
        if self.subject is None:
            self.subject = subject
        if self.message_id is None:
            self.message_id = message_id

    def _take(self, event: Arrived) -> None:
        if self.taken_at is not None:
            return
        self.taken_at = event.occurred_at
        self.credential = event.credential
        self.client_address = event.client_address
        self.service = event.service
        self.origin_queue_id = event.origin_queue_id
        self.awaiting_process = event.process if event.first_of_process else None

    def _refuse(self, event: MessageRefused) -> None:
        if self.refused_at is not None and self.refused_at <= event.occurred_at:
            return
        self.refused_at = event.occurred_at
        self.refused_response = event.response
        self.refused_smtp_code = event.smtp_code
        self.refused_enhanced_code = event.enhanced_code


def _earlier(known: datetime | None, new: datetime) -> datetime:
    return new if known is None else min(known, new)


def _later(known: datetime | None, new: datetime) -> datetime:
    return new if known is None else max(known, new)


def facts_of_refusal(event: Refused) -> MessageFacts:
    """The message that a recipient refused without a queue id stands for: itself alone, always the same."""
    return MessageFacts(
        relay=event.relay,
        instance=event.instance,
        queue_id=_refusal_id(event.key),
        arrived_at=event.occurred_at,
        taken_at=event.occurred_at,
        client_address=event.client_address,
        service=event.service,
        envelope_sender=event.envelope_sender,
    )


def _refusal_id(key: str) -> str:
    """The key's hash; a key that is hashed already (its text named an erased address) stays."""
    if key.startswith(REFUSED_PREFIX):
        return key
    return REFUSED_PREFIX + blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
