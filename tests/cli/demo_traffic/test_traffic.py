"""The demo's made-up mail: the same for the same instant, plausible at any, and nobody's real address in it."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from cli.demo_accounts import DEMO_ACCOUNTS, DemoAccount
from cli.demo_traffic.traffic import traffic
from models.classifier import classify
from models.event import Accepted, Arrived, DeliveryEvent, Described, Reported
from models.message_facts import MessageFacts
from models.projection import Projection, project
from models.reason import ReasonCategory
from models.recipients import Recipients
from models.status import Status

UNTIL = datetime(2026, 11, 23, 19, 0, tzinfo=UTC)
# Reserved by RFC 2606 and RFC 6761.
RESERVED = re.compile(r"@(?:example\.(?:com|net|org)|[a-z-]+\.(?:example|test))").search

each_account = pytest.mark.parametrize("account", DEMO_ACCOUNTS, ids=lambda account: account.name)
accounts = st.sampled_from(DEMO_ACCOUNTS)
instants = st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001  # UTC
    lambda instant: instant.replace(microsecond=0)
)
# A month of mail is no small example, and shrinking an instant tells nothing.
few_examples = settings(max_examples=10, phases=[Phase.explicit, Phase.reuse, Phase.generate])


class Row(NamedTuple):
    """What a recipient's row is made from."""

    facts: MessageFacts
    recipient: str
    projection: Projection


@cache
def mail(account: DemoAccount, until: datetime = UNTIL) -> list[DeliveryEvent]:
    return list(traffic(account, "relay1", until))


def rows(events: Iterable[DeliveryEvent]) -> list[Row]:
    by_queue_id = defaultdict(list)
    for event in events:
        by_queue_id[event.queue_id].append(event)
    return [row for of_message in by_queue_id.values() for row in _rows_of_message(of_message)]


def _rows_of_message(events: list[DeliveryEvent]) -> list[Row]:
    facts = MessageFacts("relay1", "", events[0].queue_id, events[0].occurred_at)
    recipients = Recipients()
    for event in events:
        facts.apply(event)
        if isinstance(event, Accepted | Reported):
            recipients.apply(event)
    return [Row(facts, to.written, project(facts.times, reported)) for to, reported in recipients.reported.items()]


def without_times(row: Row) -> tuple[str | None, str, str]:
    return row.facts.subject, row.recipient, row.facts.queue_id


@few_examples
@given(accounts, instants)
def test_the_same_instant_gives_the_same_mail(account: DemoAccount, until: datetime) -> None:
    assert list(traffic(account, "relay1", until)) == list(traffic(account, "relay1", until))


@few_examples
@given(accounts, instants)
def test_another_instant_gives_other_times_only(account: DemoAccount, until: datetime) -> None:
    assert list(map(without_times, rows(mail(account, until)))) == list(map(without_times, rows(mail(account))))


@few_examples
@given(accounts, instants)
def test_every_event_is_of_the_last_30_days_and_a_whole_second(account: DemoAccount, until: datetime) -> None:
    events = list(traffic(account, "relay1", until))
    assert min(event.occurred_at for event in events) >= until - timedelta(days=30)
    assert max(event.occurred_at for event in events) <= until
    assert {event.occurred_at.microsecond for event in events} == {0}


@few_examples
@given(accounts, instants)
def test_at_any_hour_each_status_has_more_than_a_dozen_rows(account: DemoAccount, until: datetime) -> None:
    counts = Counter(row.projection.status for row in rows(traffic(account, "relay1", until)))
    assert 4_900 <= counts.total() <= 5_100
    assert set(counts) == set(Status)
    assert min(counts.values()) > 12
    assert counts[Status.DELIVERED] / counts.total() == pytest.approx(0.93, abs=0.015)


@few_examples
@given(accounts, instants)
def test_most_mail_is_sent_on_working_days_between_8_and_18(account: DemoAccount, until: datetime) -> None:
    zone = ZoneInfo(account.time_zone)
    sent = [
        event.occurred_at.astimezone(zone) for event in traffic(account, "relay1", until) if isinstance(event, Arrived)
    ]
    working_days = [instant for instant in sent if instant.weekday() < 5]
    in_hours = [instant for instant in working_days if 8 <= instant.hour < 18]
    assert 0.85 < len(working_days) / len(sent) < 0.97
    assert 0.7 < len(in_hours) / len(sent) < 0.9


@each_account
def test_a_recipient_has_one_row_a_message(account: DemoAccount) -> None:
    accepted = [(event.queue_id, event.recipient) for event in mail(account) if isinstance(event, Accepted)]
    assert len(set(accepted)) == len(accepted)
    messages = [event.queue_id for event in mail(account) if isinstance(event, Arrived)]
    assert len(set(messages)) == len(messages)


@each_account
def test_nobody_is_written_to_outside_the_reserved_domains(account: DemoAccount) -> None:
    recipients = {event.recipient for event in mail(account) if isinstance(event, Accepted | Reported)}
    assert [recipient for recipient in recipients if not RESERVED(recipient)] == []


@each_account
def test_senders_are_the_accounts_own(account: DemoAccount) -> None:
    described = [event for event in mail(account) if isinstance(event, Described)]
    senders = {sender for event in described for sender in (event.sender, event.envelope_sender) if sender}
    assert {sender.rpartition("@")[2] for sender in senders} == {account.domain}
    assert {event.credential for event in mail(account) if isinstance(event, Arrived)} == {account.credential}


@each_account
def test_every_kind_of_reason_is_among_them(account: DemoAccount) -> None:
    reasons = [row.projection.reason for row in rows(mail(account))]
    categories = {classify(reason.response, reason.smtp_code, reason.enhanced_code) for reason in reasons if reason}
    assert set(ReasonCategory) - categories == {ReasonCategory.CANCELLED, ReasonCategory.OTHER}


@each_account
def test_some_recipients_take_several_attempts_and_some_bounce_after_their_delivery(account: DemoAccount) -> None:
    histories = {
        tuple(event.status for event in row.projection.events if event.status.is_outcome) for row in rows(mail(account))
    }
    assert (Status.DEFERRED, Status.DEFERRED, Status.DELIVERED) in histories
    assert (Status.DELIVERED, Status.HARD_BOUNCE) in histories
    assert (Status.DELIVERED, Status.SOFT_BOUNCE) in histories
    assert (*[Status.DEFERRED] * 8, Status.HARD_BOUNCE) in histories


@each_account
def test_subjects_are_in_both_languages_with_accents_and_emoji(account: DemoAccount) -> None:
    subjects = " ".join(event.subject for event in mail(account) if isinstance(event, Described) and event.subject)
    assert re.findall("Invoice", subjects)
    assert re.findall("échéance", subjects)
    assert re.findall("📦", subjects)


@each_account
def test_newsletters_go_to_many_and_have_bounce_addresses_of_their_own(account: DemoAccount) -> None:
    of_messages = Counter(event.queue_id for event in mail(account) if isinstance(event, Accepted))
    senders = {
        event.queue_id: event.envelope_sender
        for event in mail(account)
        if isinstance(event, Described) and event.envelope_sender
    }
    many = {queue_id for queue_id, count in of_messages.items() if count > 3}
    assert len(many) > 10
    assert many == {queue_id for queue_id in of_messages if senders[queue_id].startswith("bounces+")}
