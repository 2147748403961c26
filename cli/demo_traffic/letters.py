"""What a demo account sends to whom, in which order; nothing here knows when."""

import random
from collections.abc import Iterator
from typing import NamedTuple

from cli.demo_accounts import DemoAccount
from cli.demo_traffic import courses
from cli.demo_traffic.answers import REFUSED_LETTER, Answer
from cli.demo_traffic.contacts import Contact
from cli.demo_traffic.mailings import ENGLISH, FRENCH, Mailing

# How often the relay refuses a whole letter to one recipient.
_REFUSED = 0.012
# What may happen this time at servers that take mail otherwise, of a thousand recipients.
_INCIDENTS = {courses.TAKES: 990, courses.IS_BUSY: 8, courses.REFUSES_CONTENT: 2}


class Letter(NamedTuple):
    """A message before it is sent; `refusal` is the relay's answer when it refuses all of it."""

    queue_id: str
    sender: str
    envelope_sender: str
    subject: str
    contacts: tuple[Contact, ...]
    refusal: Answer | None = None


def letters(account: DemoAccount, people: list[Contact], recipients: int, rng: random.Random) -> Iterator[Letter]:
    """Letters to so many recipients, or up to a newsletter's more."""
    written = 0
    while written < recipients:
        mailings = _mailings(account, rng)
        (mailing,) = rng.choices(mailings, [mailing.share for mailing in mailings])
        chosen = rng.sample(people, rng.choice(mailing.recipients))
        letter = _letter(account, mailing, [_this_time(contact, rng) for contact in chosen], rng)
        if len(chosen) == 1 and rng.random() < _REFUSED:
            letter = letter._replace(refusal=rng.choice(REFUSED_LETTER))
        yield letter
        written += len(chosen)


def newsletter(account: DemoAccount, readers: list[Contact], rng: random.Random) -> Letter:
    """The newsletter to these readers."""
    *_, mailing = _mailings(account, rng)
    return _letter(account, mailing, readers, rng)


def _mailings(account: DemoAccount, rng: random.Random) -> tuple[Mailing, ...]:
    return FRENCH if rng.random() < account.french else ENGLISH


def _this_time(contact: Contact, rng: random.Random) -> Contact:
    if contact.course is not courses.TAKES:
        return contact
    (course,) = rng.choices(list(_INCIDENTS), list(_INCIDENTS.values()))
    return contact._replace(course=course)


def _letter(account: DemoAccount, mailing: Mailing, chosen: list[Contact], rng: random.Random) -> Letter:
    queue_id = f"{rng.getrandbits(40):010X}"
    sender = f"{mailing.sender}@{account.domain}"
    return Letter(
        queue_id=queue_id,
        sender=sender,
        envelope_sender=f"bounces+{queue_id.lower()}@{account.domain}" if mailing.own_bounces else sender,
        subject=rng.choice(mailing.subjects).format(number=rng.randrange(10_000, 100_000)),
        contacts=tuple(chosen),
    )
