"""DeliveryEvent: the neutral records that every adapter yields.

An adapter says what a log line says and no more; what it means for a recipient's row is `models.projection`'s question.
"""

from datetime import datetime

import msgspec

from models.status import Status


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What every record says: which message (relay host, instance, queue id, arrival), and when.

    `arrived_at` is known from a long queue id; with a short one the store finds the message that was open then.
    All times are aware, UTC, whole seconds.
    """

    relay: str
    instance: str = ""
    queue_id: str
    arrived_at: datetime | None = None
    occurred_at: datetime


class Arrived(Event, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="arrived"):
    """The relay took a message from a client: Postfix's `client=` line, or `pickup` for local submission.

    `service` is the listener (`smtpd`, `submission`, `pickup`), `process` its name and number, `first_of_process` that
    nothing of that process was read before (its first recipient may stand in another file).
    """

    credential: str | None = None
    client_address: str | None = None
    service: str = ""
    process: str = ""
    first_of_process: bool = False
    origin_queue_id: str | None = None


class Described(Event, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="described"):
    """Something about the whole message; None is not said. `sender` is the From header's address, `message_id` bare."""

    envelope_sender: str | None = None
    sender: str | None = None
    subject: str | None = None
    message_id: str | None = None


class Accepted(Event, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="accepted"):
    """The relay said yes to one recipient.

    With an empty queue id it is the first recipient of a message that has none yet: the next one that `process` takes.
    """

    recipient: str
    envelope_sender: str | None = None
    process: str = ""


class Queued(Event, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="queued"):
    """The message became active in the queue; only the first time counts."""


class Reported(Event, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="reported"):
    """What became of one recipient. `delivered_to` is where an alias of the relay sent it, else None.

    `attempted` says that the recipient's server was tried. `response` is the answer in full.
    """

    status: Status
    recipient: str
    delivered_to: str | None = None
    remote_host: str | None = None
    response: str | None = None
    smtp_code: int | None = None
    enhanced_code: str | None = None
    attempted: bool = False
    out_of_band: bool = False
    tied: bool = True


class BouncedLate(Event, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="bounced_late"):
    """A bounce that came back as mail, out of band: about a recipient of some message. The queue id is the report's.

    `envelope_sender` is where it came to; `credential`, whose the report is, where that is known.
    """

    status: Status
    recipient: str
    envelope_sender: str
    credential: str | None = None
    remote_host: str | None = None
    response: str | None = None
    smtp_code: int | None = None
    enhanced_code: str | None = None


class Refused(Event, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="refused"):
    """A recipient refused before a message existed (Postfix's NOQUEUE). `key` sets it apart: process and text."""

    key: str
    recipient: str
    envelope_sender: str
    client_address: str | None = None
    service: str = ""
    response: str
    smtp_code: int | None = None
    enhanced_code: str | None = None


class MessageRefused(Event, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="message_refused"):
    """The relay refused the whole message after its recipients (at DATA or at its end)."""

    response: str
    smtp_code: int | None = None
    enhanced_code: str | None = None


class Expired(Event, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="expired"):
    """The relay gave up: every recipient that is still waiting is returned. The line names none."""


class Removed(Event, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="removed"):
    """The message left the queue; its queue id may be used again."""


class HandedOn(Event, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="handed_on"):
    """One recipient went to a filter or an inner relay: no delivery yet. There the message is `next_queue_id`."""

    next_queue_id: str | None = None
    recipient: str
    delivered_to: str | None = None


class NotificationMade(Event, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="notification"):
    """The message with this queue id is the relay's own (a bounce or delay notification): nobody's activity."""


DeliveryEvent = (
    Arrived
    | Described
    | Accepted
    | Queued
    | Reported
    | BouncedLate
    | Refused
    | MessageRefused
    | Expired
    | Removed
    | HandedOn
    | NotificationMade
)
