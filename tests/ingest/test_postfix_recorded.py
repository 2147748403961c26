"""The events of the logs recorded from a real Postfix, against what the program that sent the mail knows."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest

from ingest.postfix import PostfixParser
from ingest.syslog import SyslogClock
from models.event import (
    Accepted,
    Arrived,
    DeliveryEvent,
    Described,
    Expired,
    NotificationMade,
    Queued,
    Refused,
    Removed,
    Reported,
)
from models.status import Status
from tests.ingest.postfix_lines import parser

RECORDED = Path(__file__).parent / "recorded"
LOGS = {"mail": Path(__file__).parents[2] / "examples/postfix/mail.log", "queued": RECORDED / "queued.log"}


def lines_of(name: str) -> list[bytes]:
    return LOGS[name].read_bytes().splitlines(keepends=True)


def events_of(name: str) -> Iterator[DeliveryEvent]:
    read = parser().parse
    for line in lines_of(name):
        yield from read(line)


def expected(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (RECORDED / f"{name}.expected.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("name", LOGS)
def test_each_line_that_means_something_is_one_kind_of_event(name: str) -> None:
    text = LOGS[name].read_text()
    lines: dict[type, str] = {
        Arrived: r": client=",
        Accepted: r": info: RCPT from ",
        Queued: r"\(queue active\)$",
        Refused: r": NOQUEUE: reject: ",
        Reported: r": [^N]\w+: reject: RCPT|, status=(sent|deferred|bounced) ",
        Expired: r", status=expired, ",
        Removed: r": removed$",
        NotificationMade: r"notification: \w+$",
    }
    events = Counter(type(event) for event in events_of(name))
    assert {kind: events[kind] for kind in lines} == {
        kind: len(re.findall(pattern, text, re.MULTILINE)) for kind, pattern in lines.items()
    }
    assert set(events) <= {*lines, Described}


@pytest.mark.parametrize("name", LOGS)
def test_every_expected_recipient_has_the_event_of_its_status(name: str) -> None:
    outcomes = outcomes_of(name)
    missing = []
    for recipient in expected(name):
        # Where an alias leads is logged with the first attempt only.
        is_waiting = recipient["status"] == Status.PENDING
        key = (recipient["messageId"], recipient["recipient"], None if is_waiting else recipient["deliveredTo"])
        if recipient["status"] not in outcomes[key]:
            missing.append(recipient)
    assert missing == []


@pytest.mark.parametrize("name", LOGS)
def test_nobody_else_is_reported(name: str) -> None:
    known = {(r["messageId"], r["recipient"], r["deliveredTo"]) for r in expected(name)}
    strangers = {key for key in outcomes_of(name) if key not in known}
    assert all(delivered_to is None and is_alias(recipient) for _, recipient, delivered_to in strangers)


def outcomes_of(name: str) -> defaultdict[tuple[str | None, str, str | None], set[str]]:
    """The statuses that the events give each recipient of each message id; refusals are told without one."""
    events = list(events_of(name))
    message_ids = {e.queue_id: e.message_id for e in events if isinstance(e, Described) and e.message_id is not None}
    notifications = {e.queue_id for e in events if isinstance(e, NotificationMade)}
    expired = {e.queue_id for e in events if isinstance(e, Expired)}
    queued = {e.queue_id for e in events if isinstance(e, Queued)}
    outcomes: defaultdict[tuple[str | None, str, str | None], set[str]] = defaultdict(set)
    for event in events:
        if isinstance(event, Refused):
            outcomes[None, event.recipient, None].add(Status.REJECTED)
        elif isinstance(event, Reported) and event.queue_id not in notifications:
            is_rejected = event.status is Status.REJECTED
            message_id = None if is_rejected else message_ids[event.queue_id]
            statuses = outcomes[message_id, event.recipient, event.delivered_to]
            statuses.add(event.status)
            if event.status is Status.DEFERRED and event.queue_id in expired:
                statuses.add(Status.SOFT_BOUNCE)
        elif isinstance(event, Accepted) and event.queue_id in queued:
            outcomes[message_ids[event.queue_id], event.recipient, None].add(Status.PENDING)
    return outcomes


def is_alias(recipient: str) -> bool:
    return recipient.endswith("@alias.test")


@pytest.mark.parametrize("name", LOGS)
def test_every_message_is_described_as_it_was_sent(name: str) -> None:
    sent = {r["messageId"]: (r["sender"], r["envelopeSender"]) for r in expected(name) if r["messageId"]}
    said: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for event in events_of(name):
        if isinstance(event, Described):
            named = {key: getattr(event, key) for key in ("sender", "envelope_sender", "message_id")}
            said[event.queue_id] |= {key: value for key, value in named.items() if value is not None}
    by_message_id = {facts["message_id"]: facts for facts in said.values()}
    assert {key: (by_message_id[key]["sender"], by_message_id[key]["envelope_sender"]) for key in sent} == sent


@pytest.mark.parametrize("name", LOGS)
def test_the_account_of_every_message_is_named_by_its_arrival(name: str) -> None:
    events = list(events_of(name))
    queue_ids = {e.message_id: e.queue_id for e in events if isinstance(e, Described) and e.message_id is not None}
    credentials = {e.queue_id: e.credential for e in events if isinstance(e, Arrived)}
    for recipient in expected(name):
        if recipient["messageId"] is not None:
            assert credentials[queue_ids[recipient["messageId"]]] == f"{recipient['account']}@relay1.example.net"


@pytest.mark.parametrize("name", LOGS)
def test_no_recorded_first_recipient_stays_open(name: str) -> None:
    reader = parser()
    arrivals = accepted = 0
    for line in lines_of(name):
        events = reader.parse(line)
        if any(isinstance(event, Arrived) for event in events):
            arrivals += 1
            accepted += any(isinstance(event, Accepted) for event in events)
    assert accepted == arrivals
    assert reader.open_ends() == []


@pytest.mark.parametrize("name", LOGS)
def test_the_log_with_rfc_3339_stamps_has_the_same_events(name: str) -> None:
    modern, events = PostfixParser(SyslogClock()), []
    for line in lines_of(name):
        _, _, clock_time, rest = line.split(b" ", 3)
        events += modern.parse(b"2026-11-23T%b.654321+00:00 %b" % (clock_time, rest))
    assert events == list(events_of(name))


def test_each_arrival_is_in_the_second_of_its_line() -> None:
    arrivals = [event for event in events_of("mail") if isinstance(event, Arrived)]
    assert all(event.arrived_at == event.occurred_at for event in arrivals)
    assert all(event.occurred_at.tzinfo is UTC for event in arrivals)
