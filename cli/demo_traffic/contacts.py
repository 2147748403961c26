"""Whom a demo account writes to: made-up people at reserved domains (RFC 2606), each with a mailbox's habits."""

import random
from typing import NamedTuple

from cli.demo_traffic import courses
from cli.demo_traffic.courses import Course

_FIRST_NAMES = (
    *("aisha", "amelie", "anil", "anna", "antoine", "arjun", "beatrice", "carlos", "chloe", "claire", "daniel"),
    *("deepa", "emma", "etienne", "fatima", "felix", "grace", "hugo", "ines", "jan", "julien", "kavya", "lea", "liam"),
    *("louise", "marc", "meera", "mohamed", "nadia", "noah", "olivia", "priya", "rohan", "sofia", "thomas", "zoe"),
)
_LAST_NAMES = (
    *("bergeron", "bhat", "bouchard", "brown", "clark", "costa", "diallo", "dubois", "fournier", "gagnon", "garcia"),
    *("gupta", "iyer", "khan", "lambert", "leclerc", "martin", "meyer", "moreau", "nair", "nguyen", "novak", "olsen"),
    *("patel", "petit", "rao", "rossi", "roy", "sharma", "silva", "singh", "smith", "tanaka", "tremblay", "wilson"),
)
_COUNT = 1_000


class Contact(NamedTuple):
    """An address, and the course that a message to it takes."""

    address: str
    course: Course


class _Domain(NamedTuple):
    name: str
    share: int
    course: Course = courses.TAKES


# Shares are of a thousand. What a server does, it does to everybody there.
_DOMAINS = (
    _Domain("inbox.example", 307),
    _Domain("courriel.example", 180),
    _Domain("webmail.test", 140),
    _Domain("example.com", 80),
    _Domain("example.net", 50),
    _Domain("example.org", 40),
    _Domain("harbour-foods.example", 40),
    _Domain("lumiere-design.example", 40),
    _Domain("kaveri-textiles.example", 40),
    _Domain("city-clinic.test", 30),
    _Domain("university.test", 25, courses.GREYLISTS),
    _Domain("press-office.example", 12, courses.IS_BUSY),
    _Domain("guarded-bank.example", 4, courses.IS_GUARDED),
    _Domain("old-mill.test", 6, courses.IS_UNREACHABLE),
    _Domain("paper-shop.test", 3, courses.IS_BROKEN),
    _Domain("studio-k.example", 3, courses.HAS_NO_DOMAIN),
)
# Of a thousand mailboxes; at a server that takes no mail the mailbox does not matter.
_MAILBOXES = {
    courses.TAKES: 966,
    courses.IS_UNKNOWN: 9,
    courses.IS_FULL: 8,
    courses.IS_MISTYPED: 6,
    courses.IS_CLOSED: 3,
    courses.BOUNCES_LATE: 3,
    courses.IS_FULL_LATE: 3,
    courses.IS_UNKNOWN_AFTER_DAYS: 2,
}
_HOSTS = {domain.name: f"mx1.{domain.name}[192.0.2.{number}]" for number, domain in enumerate(_DOMAINS, start=10)}


def contacts(rng: random.Random) -> list[Contact]:
    """A thousand people."""
    names = rng.sample([f"{first}.{last}" for first in _FIRST_NAMES for last in _LAST_NAMES], _COUNT)
    # Exactly these shares: the rare ones shall not hang on luck.
    domains = rng.sample(_DOMAINS, _COUNT, counts=[domain.share for domain in _DOMAINS])
    mailboxes = rng.sample(list(_MAILBOXES), _COUNT, counts=_MAILBOXES.values())
    return [
        Contact(f"{name}@{domain.name}", mailbox if domain.course is courses.TAKES else domain.course)
        for name, domain, mailbox in zip(names, domains, mailboxes, strict=True)
    ]


def host_of(domain: str) -> str:
    """The domain's mail server as Postfix writes it: its name, and its address of RFC 5737."""
    return _HOSTS[domain]
