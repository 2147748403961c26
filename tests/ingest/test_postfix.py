"""What each kind of Postfix's lines becomes, and which lines belong together."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import UndatedLog, UnreadableLine
from ingest.first_recipients import FirstRecipients
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
    Removed,
)
from tests.ingest.postfix_lines import (
    ARRIVAL,
    LONG_ID,
    SHORT_ID,
    STAMPED,
    WITH_LONG_ID,
    WITH_SHORT_ID,
    WITHOUT_ID,
    line,
    parse,
    parser,
)

SMTPD = "postfix/smtpd"
LOCALHOST = "localhost[127.0.0.1]"
ENVELOPE = "from=<a@northwind.example> to=<b@example.net> proto=ESMTP helo=<[127.0.0.1]>"
FIRST_ACCEPTED = f"NOQUEUE: info: RCPT from {LOCALHOST}: accepted for relay; {ENVELOPE}"
TAKEN = f"{LONG_ID}: client={LOCALHOST}, sasl_method=PLAIN, sasl_username=northwind@relay1.example.net"


def arrived(**differences: Any) -> Arrived:
    usual: dict[str, Any] = WITH_LONG_ID | {
        "credential": "northwind@relay1.example.net",
        "client_address": "127.0.0.1",
        "service": "smtpd",
        "process": "postfix/smtpd[325]",
        "first_of_process": True,
    }
    return Arrived(**usual | differences)


def accepted(**differences: Any) -> Accepted:
    usual: dict[str, Any] = {"recipient": "b@example.net", "envelope_sender": "a@northwind.example"}
    return Accepted(**WITH_LONG_ID | usual | differences)


def parse_all(*texts: str, reader: PostfixParser | None = None, pid: int = 325) -> list[DeliveryEvent]:
    """The events of one smtpd process's lines."""
    reader = reader or parser()
    return [event for text in texts for event in reader.parse(line(text, SMTPD, pid))]


# Arrivals


def test_a_client_line_is_an_arrival() -> None:
    assert parse(TAKEN, SMTPD) == [arrived()]


def test_the_keys_of_a_client_line_are_found_by_name() -> None:
    text = (
        f"{SHORT_ID}: client=unknown[2001:db8::5], sasl_method=LOGIN, sasl_username=a, b c@x.test, sasl_sender=me, "
        "orig_queue_id=4jYFHh1F03zK9Bm, orig_client=mail.example[192.0.2.5]"
    )
    [event] = parse(text, "postfix-out/submission/smtpd")
    assert event == Arrived(
        **WITH_SHORT_ID | {"instance": "postfix-out"},
        credential="a, b c@x.test",
        client_address="2001:db8::5",
        service="submission",
        process="postfix-out/submission/smtpd[325]",
        first_of_process=True,
        origin_queue_id="4jYFHh1F03zK9Bm",
    )


def test_an_arrival_without_authentication_has_no_credential() -> None:
    assert parse(f"{LONG_ID}: client={LOCALHOST}", SMTPD) == [arrived(credential=None)]


def test_a_user_name_that_names_another_user_is_one() -> None:
    [event] = parse(f"{LONG_ID}: client={LOCALHOST}, sasl_username=me, sasl_username=victim", SMTPD)
    assert event == arrived(credential="me")


def test_local_submission_is_an_arrival_with_a_sender() -> None:
    assert parse(f"{LONG_ID}: uid=1000 from=<root>", "postfix/pickup") == [
        Arrived(**WITH_LONG_ID, service="pickup", process="postfix/pickup[325]"),
        Described(**WITH_LONG_ID, envelope_sender="root"),
    ]


def test_a_requeued_message_says_what_it_was_called() -> None:
    [arrival, _] = parse(f"{LONG_ID}: uid=89 from=<a@b.test> orig_id=7D06A2CC4D", "postfix/pickup")
    assert arrival == Arrived(
        **WITH_LONG_ID, service="pickup", process="postfix/pickup[325]", origin_queue_id="7D06A2CC4D"
    )


def test_a_long_id_gives_the_arrival_and_a_short_one_does_not() -> None:
    assert parse(f"{LONG_ID}: removed", "postfix/qmgr") == [Removed(**WITH_LONG_ID)]
    assert parse(f"{SHORT_ID}: removed", "postfix/qmgr") == [Removed(**WITH_SHORT_ID)]
    assert (WITH_LONG_ID["arrived_at"], WITH_SHORT_ID["arrived_at"]) == (ARRIVAL, None)


# First recipients


def test_the_first_recipient_belongs_to_the_message_that_its_process_takes_next() -> None:
    second = f"{LONG_ID}: info: RCPT from {LOCALHOST}: accepted for relay; from=<> to=<c@example.net> proto=ESMTP"
    assert parse_all(FIRST_ACCEPTED, TAKEN, second) == [
        arrived(first_of_process=False),
        accepted(),
        accepted(recipient="c@example.net", envelope_sender=""),
    ]


def test_the_lines_of_other_processes_between_change_nothing() -> None:
    reader = parser()
    assert parse_all(FIRST_ACCEPTED, reader=reader) == []
    assert parse_all(FIRST_ACCEPTED, f"disconnect from {LOCALHOST} ehlo=1", reader=reader, pid=7) == []
    assert parse_all(TAKEN, reader=reader) == [arrived(first_of_process=False), accepted()]


@pytest.mark.parametrize(
    "between",
    [
        f"NOQUEUE: reject: RCPT from {LOCALHOST}: 450 4.7.1 Later; from=<a@northwind.example> proto=ESMTP",
        f"disconnect from {LOCALHOST} ehlo=1 mail=1 rcpt=0/1 commands=2/3",
        f"lost connection after RCPT from {LOCALHOST}",
        f"connect from {LOCALHOST}",
        "4jYFHh1F03zK9Bm: client=localhost[127.0.0.1]",
    ],
)
def test_a_first_recipient_ends_with_its_transaction(between: str) -> None:
    events = parse_all(FIRST_ACCEPTED, between, TAKEN)
    assert events[-1] == arrived(first_of_process=False)


@pytest.mark.parametrize(
    "between",
    [
        "warning: hostname client.example does not resolve to address 127.0.0.1",
        f"NOQUEUE: filter: RCPT from {LOCALHOST}: <b@example.net>: Recipient address triggers FILTER x; {ENVELOPE}",
        f"NOQUEUE: reject_warning: RCPT from {LOCALHOST}: 450 4.7.1 Later; {ENVELOPE}",
    ],
)
def test_a_first_recipient_outlives_what_smtpd_says_of_it(between: str) -> None:
    assert parse_all(FIRST_ACCEPTED, between, TAKEN) == [arrived(first_of_process=False), accepted()]


def test_the_last_of_several_first_recipients_counts() -> None:
    earlier = FIRST_ACCEPTED.replace("b@example.net", "earlier@example.net")
    assert parse_all(earlier, FIRST_ACCEPTED, TAKEN) == [arrived(first_of_process=False), accepted()]


def test_a_first_recipient_has_the_time_of_its_own_line() -> None:
    reader = parser()
    reader.parse(line(FIRST_ACCEPTED, SMTPD).replace(b"18:46:00", b"18:45:59"))
    assert reader.parse(line(TAKEN, SMTPD))[1] == accepted(occurred_at=STAMPED - timedelta(seconds=1))


def test_a_log_that_ends_before_the_message_leaves_its_first_recipient_open() -> None:
    reader = parser()
    parse_all(FIRST_ACCEPTED, reader=reader)
    waiting = accepted(**WITHOUT_ID, process="postfix/smtpd[325]")
    assert reader.open_ends() == [waiting]
    assert reader.open_ends() == [waiting]
    parse_all(TAKEN, reader=reader)
    assert reader.open_ends() == []


def test_a_process_that_was_read_before_is_known_to_the_end() -> None:
    reader = parser()
    parse_all(f"disconnect from {LOCALHOST} quit=1 commands=1", reader=reader)
    assert parse_all(TAKEN, TAKEN, reader=reader) == [arrived(first_of_process=False)] * 2
    assert parse_all(TAKEN, reader=reader, pid=7) == [arrived(process="postfix/smtpd[7]")]


def test_the_processes_of_two_hosts_are_two() -> None:
    reader = parser()
    parse_all(FIRST_ACCEPTED, reader=reader)
    assert reader.parse(line(TAKEN, SMTPD).replace(b"relay1 ", b"relay2 ")) == [arrived(relay="relay2")]


def test_the_processes_that_were_silent_longest_are_forgotten() -> None:
    first_recipients = FirstRecipients(most_processes=2)
    one, two, three = (("relay1", name) for name in ("one", "two", "three"))
    for process in (one, two, one, three):
        first_recipients.hold(process, accepted(recipient=process[1]))
    assert [first_recipients.knows(process) for process in (one, two, three)] == [True, False, True]
    assert [recipient.recipient for recipient in first_recipients.waiting()] == ["one", "three"]


# The queue


def test_the_queue_manager_names_the_sender_and_says_that_the_message_is_active() -> None:
    text = f"{LONG_ID}: from=<bounce+0@northwind.example>, size=616, nrcpt=3 (queue active)"
    for daemon in ("qmgr", "oqmgr", "nqmgr"):
        assert parse(text, f"postfix/{daemon}") == [
            Described(**WITH_LONG_ID, envelope_sender="bounce+0@northwind.example"),
            Queued(**WITH_LONG_ID),
        ]


@pytest.mark.parametrize(
    "sender", ["", '"a, status=expired, returned to sender"@b.test', "a<b>@c.test", "o'neil@d.test"]
)
def test_any_sender_is_read(sender: str) -> None:
    assert parse(f"{LONG_ID}: from=<{sender}>, size=616, nrcpt=1", "postfix/qmgr") == [
        Described(**WITH_LONG_ID, envelope_sender=sender)
    ]


@pytest.mark.parametrize("word", ["expired", "force-expired"])
def test_an_expired_message_is_returned(word: str) -> None:
    assert parse(f"{LONG_ID}: from=<a@b.test>, status={word}, returned to sender", "postfix/qmgr") == [
        Expired(**WITH_LONG_ID)
    ]


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("postfix/qmgr", "removed"),
        ("postfix/postsuper", "removed"),
        ("postfix/cleanup", "removed (canceled)"),
        ("postfix/cleanup", "removed (discarded)"),
    ],
)
def test_a_removed_message_has_left_the_queue(program: str, said: str) -> None:
    assert parse(f"{LONG_ID}: {said}", program) == [Removed(**WITH_LONG_ID)]


@pytest.mark.parametrize(
    "kind",
    [
        "sender non-delivery notification",
        "sender delay notification",
        "postmaster non-delivery notification",
        "postmaster delay notification",
        "sender delivery status notification",
    ],
)
def test_a_notification_is_the_relays_own_message(kind: str) -> None:
    assert parse(f"{SHORT_ID}: {kind}: {LONG_ID}", "postfix/bounce") == [NotificationMade(**WITH_LONG_ID)]


@pytest.mark.parametrize(
    ("program", "text"),
    [
        (SMTPD, f"connect from {LOCALHOST}"),
        (SMTPD, f"NOQUEUE: client={LOCALHOST}"),
        (SMTPD, f"{LONG_ID}: hold: RCPT from {LOCALHOST}: x; {ENVELOPE}"),
        (
            "postfix/smtp",
            f"{LONG_ID}: host mx.example.net[192.0.2.1] said: 451 4.3.2 Later (in reply to RCPT TO command)",
        ),
        ("postfix/smtp", "connect to 127.0.0.1[127.0.0.1]:2699: Connection refused"),
        ("postfix/qmgr", f"{LONG_ID}: skipped, still being delivered"),
        ("postfix/qmgr", f"{LONG_ID}: from=<a@b.test>, status=deferred (bounce failed)"),
        ("postfix/bounce", f"{LONG_ID}: no trace file -- not sending a notification"),
        ("postfix/postsuper", f"{LONG_ID}: placed on hold"),
        ("postfix/pickup", f"{LONG_ID}: read N something"),
        ("postfix/anvil", "statistics: max connection rate 1/60s for (smtp:127.0.0.1) at Nov 23 18:45:20"),
        ("postfix/postfix-script", "starting the Postfix mail system"),
        ("postfix", "message"),
        ("dovecot", f"{LONG_ID}: to=<b@example.net>, status=sent (not Postfix)"),
        ("opendkim", f"{LONG_ID}: DKIM-Signature field added"),
    ],
)
def test_other_lines_are_nothing(program: str, text: str) -> None:
    assert parse(text, program) == []


def test_a_repeated_message_adds_nothing() -> None:
    delivery = f"{LONG_ID}: to=<b@example.net>, relay=none, delay=1, dsn=4.4.1, status=deferred (x)"
    assert parse(f"message repeated 2 times: [ {delivery}]") == []
    assert parser().parse(b"Nov 23 18:46:00 relay1 last message repeated 2 times") == []


@pytest.mark.parametrize(
    ("program", "text"),
    [
        ("postfix/qmgr", f"{LONG_ID}: from=<a@b.test"),
        ("postfix/pickup", f"{LONG_ID}: uid=1000"),
        ("postfix/pickup", f"{LONG_ID}: uid=1000 from=<{'x' * 10_000}>"),
    ],
)
def test_a_line_that_was_cut_or_that_is_too_long_is_unreadable(program: str, text: str) -> None:
    with pytest.raises(UnreadableLine):
        parse(text, program)


@pytest.mark.parametrize("text", [b"", b"no log line", b"{}"])
def test_what_is_no_syslog_is_unreadable(text: bytes) -> None:
    with pytest.raises(UnreadableLine):
        parser().parse(text)


# Dates


def test_lines_without_events_need_no_date() -> None:
    undated = PostfixParser(SyslogClock())
    assert undated.parse(line(f"connect from {LOCALHOST}", SMTPD)) == []
    with pytest.raises(UndatedLog):
        undated.parse(line(TAKEN, SMTPD))


def test_a_year_turns_at_a_line_without_events() -> None:
    reader = PostfixParser(SyslogClock(2025, UTC))
    for stamp in (b"Dec 31 23:59:59", b"Jan  1 00:00:01"):
        reader.parse(stamp + b" relay1 CRON[1]: something else")
    [event] = reader.parse(f"Jan  1 00:00:02 relay1 postfix/qmgr[1]: {SHORT_ID}: removed".encode())
    assert event.occurred_at == datetime(2026, 1, 1, 0, 0, 2, tzinfo=UTC)


# Whatever comes

_BEGINNINGS = st.sampled_from(
    [
        b"",
        *(
            line(text, program).rstrip()
            for text, program in [
                ("", SMTPD),
                (FIRST_ACCEPTED, SMTPD),
                (TAKEN, SMTPD),
                (f"NOQUEUE: reject: RCPT from {LOCALHOST}: 550 5.1.1 x; {ENVELOPE}", SMTPD),
                (f"{LONG_ID}: reject: RCPT from {LOCALHOST}: 550 5.1.1 x; {ENVELOPE}", SMTPD),
                (f"{LONG_ID}: info: header Subject: =?utf-8?q?x?= from {LOCALHOST}; {ENVELOPE}", "postfix/cleanup"),
                (f"{LONG_ID}: info: header From: A <a@b.test> from {LOCALHOST}; {ENVELOPE}", "postfix/cleanup"),
                (f"{LONG_ID}: message-id=<x@y.test>", "postfix/cleanup"),
                (f"{LONG_ID}: from=<a@b.test>, size=1, nrcpt=1 (queue active)", "postfix/qmgr"),
                (f"{LONG_ID}: uid=0 from=<root>", "postfix/pickup"),
                (f"{LONG_ID}: to=<b@example.net>, relay=none, delay=1, dsn=5.0.0, status=bounced (no)", "postfix/smtp"),
                (f"{LONG_ID}: sender non-delivery notification: {SHORT_ID}", "postfix/bounce"),
            ]
        ),
    ]
)


@given(_BEGINNINGS, st.integers(0, 300), st.binary(max_size=60))
def test_no_bytes_do_anything_but_be_read_or_be_unreadable(beginning: bytes, cut: int, end: bytes) -> None:
    reader = parser()
    try:
        events = reader.parse(beginning[:cut] + end)
    except UnreadableLine:
        return
    assert all(event.occurred_at.tzinfo is UTC for event in events)


@given(_BEGINNINGS.filter(bool), st.integers(0, 999_999))
def test_a_line_means_the_same_under_both_kinds_of_stamp(classic: bytes, microseconds: int) -> None:
    stamp = f"2026-11-23T13:46:00.{microseconds:06}-05:00".encode()
    modern = classic.replace(b"Nov 23 18:46:00", stamp)
    old, new = parser(), parser()
    assert new.parse(modern) == old.parse(classic)
    assert new.open_ends() == old.open_ends()
