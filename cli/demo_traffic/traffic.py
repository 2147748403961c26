"""Thirty days of an account's mail as neutral events: the same for the same account and instant, on every machine."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from cli.demo_accounts import DemoAccount
from cli.demo_traffic import courses
from cli.demo_traffic.contacts import Contact, contacts
from cli.demo_traffic.letters import Letter, letters, newsletter
from cli.demo_traffic.message import Message
from cli.demo_traffic.working_hours import sending_times
from models.event import DeliveryEvent

_RECIPIENTS = 4_900


def traffic(account: DemoAccount, relay: str, until: datetime) -> Iterator[DeliveryEvent]:
    """Events about some 5,000 recipients in the 30 days up to `until` (aware, whole seconds), message by message.

    What is sent to whom, in which order, and what becomes of it, is the same whatever `until` is; the times are not.
    """
    rng = random.Random(account.name)  # noqa: S311  # Something to look at, no secrets.
    people = contacts(rng)
    written = list(letters(account, people, _RECIPIENTS, rng))
    sent = zip(sending_times(rng, ZoneInfo(account.time_zone), until, len(written)), written, strict=True)
    for sent_at, letter in [*sent, *_under_way(account, people, until, rng)]:
        # Those that lie ahead are drawn as well, or the messages that follow would hang on the time.
        for event in list(Message(account, relay, letter, sent_at).events(rng)):
            if event.occurred_at <= until:
                yield event


def _under_way(
    account: DemoAccount, people: list[Contact], until: datetime, rng: random.Random
) -> Iterator[tuple[datetime, Letter]]:
    """Newsletters of the last minutes, so that at any hour something is put off, on its way and just accepted."""
    slow = [contact for contact in people if courses.is_put_off(contact.course)]
    prompt = [contact for contact in people if contact.course is courses.TAKES]
    for readers, count, ago in (
        (slow, 24, timedelta(minutes=4)),
        (prompt, 48, timedelta(minutes=2)),
        (prompt, 24, timedelta()),
    ):
        yield until - ago, newsletter(account, rng.sample(readers, count), rng)
