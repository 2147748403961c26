"""Delivery lines: who, where, what became of it, and why."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import UnreadableLine
from models.event import HandedOn, Reported
from models.status import Status
from tests.ingest.postfix_lines import LONG_ID, SHORT_ID, WITH_LONG_ID, WITH_SHORT_ID, parse

RELAY = "mx.example.net[192.0.2.1]:25"
KEYS = f"relay={RELAY}, delay=0.05, delays=0.02/0.02/0/0.01"
UNKNOWN_USER = (
    "host mx.example.net[192.0.2.1] said: 550 5.1.1 <b@example.net>: Recipient address rejected: User unknown in "
    "virtual mailbox table (in reply to RCPT TO command)"
)


def reported(text: str, program: str = "postfix/smtp") -> Reported:
    [event] = parse(text, program)
    assert isinstance(event, Reported)
    return event


def test_sent_is_a_delivery() -> None:
    text = f"{LONG_ID}: to=<b@example.net>, {KEYS}, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 7D06A2CC4D)"
    assert parse(text) == [
        Reported(
            **WITH_LONG_ID,
            status=Status.DELIVERED,
            recipient="b@example.net",
            remote_host=RELAY,
            response="250 2.0.0 Ok: queued as 7D06A2CC4D",
            enhanced_code="2.0.0",
            attempted=True,
        )
    ]


def test_bounced_is_a_hard_bounce_with_the_codes_of_the_answer() -> None:
    text = f"{SHORT_ID}: to=<b@example.net>, {KEYS}, dsn=5.1.1, status=bounced ({UNKNOWN_USER})"
    assert parse(text) == [
        Reported(
            **WITH_SHORT_ID,
            status=Status.HARD_BOUNCE,
            recipient="b@example.net",
            remote_host=RELAY,
            response=UNKNOWN_USER,
            smtp_code=550,
            enhanced_code="5.1.1",
            attempted=True,
        )
    ]


@pytest.mark.parametrize("word", ["deferred", "SOFTBOUNCE"])
def test_deferred_and_softbounce_are_deferrals(word: str) -> None:
    reason = "host mx.example.net[192.0.2.1] refused to talk to me: 421 4.7.0 Too many connections"
    event = reported(f"{LONG_ID}: to=<b@example.net>, {KEYS}, dsn=4.7.0, status={word} ({reason})")
    assert (event.status, event.response, event.smtp_code, event.enhanced_code) == (
        Status.DEFERRED,
        reason,
        421,
        "4.7.0",
    )


@pytest.mark.parametrize("word", ["deliverable", "undeliverable"])
def test_address_probes_are_no_mail(word: str) -> None:
    assert parse(f"{LONG_ID}: to=<b@example.net>, {KEYS}, dsn=2.1.5, status={word} (250 2.1.5 Ok)") == []


def test_a_connection_that_fails_is_an_attempt_that_reached_nobody() -> None:
    text = "connect to mx.example.net[192.0.2.1]:25: Connection refused"
    event = reported(f"{LONG_ID}: to=<b@example.net>, relay=none, delay=1, dsn=4.4.1, status=deferred ({text})")
    assert (event.remote_host, event.smtp_code, event.enhanced_code, event.attempted) == (None, None, "4.4.1", True)


@pytest.mark.parametrize("agent", ["postfix/error", "postfix/retry", "postfix/qmgr", "postfix/cleanup"])
def test_what_speaks_without_asking_the_server_is_no_attempt(agent: str) -> None:
    reason = "delivery temporarily suspended: connect to 192.0.2.1[192.0.2.1]:25: Connection refused"
    event = reported(
        f"{LONG_ID}: to=<b@example.net>, relay=none, delay=1, dsn=4.4.1, status=deferred ({reason})", agent
    )
    assert (event.status, event.response, event.attempted) == (Status.DEFERRED, reason, False)


@pytest.mark.parametrize(
    ("agent", "relay", "reason"),
    [
        ("postfix/lmtp", "mail.example.net[private/dovecot-lmtp]", "250 2.0.0 <b@example.net> Saved"),
        ("postfix/pipe", "dovecot", "delivered via dovecot service"),
        ("postfix/virtual", "virtual", "delivered to maildir"),
        ("postfix/local", "local", 'delivered to command: procmail -a "$EXTENSION"'),
        ("postfix-10.0.0.1/smtp", RELAY, "250 2.0.0 Ok"),
        ("postfix/relay/smtp", "[2001:db8::1][2001:db8::1]:25", "250 2.0.0 Ok"),
    ],
)
def test_every_agent_delivers(agent: str, relay: str, reason: str) -> None:
    event = reported(f"{LONG_ID}: to=<b@example.net>, relay={relay}, delay=1, dsn=2.0.0, status=sent ({reason})", agent)
    assert (event.status, event.remote_host, event.response) == (Status.DELIVERED, relay, reason)


def test_an_instance_is_named() -> None:
    text = f"{LONG_ID}: to=<b@example.net>, {KEYS}, dsn=2.0.0, status=sent (250 Ok)"
    assert reported(text, "postfix-10.0.0.1/smtp").instance == "postfix-10.0.0.1"
    assert reported(text).instance == ""


def test_discarded_mail_is_no_delivery() -> None:
    text = f"{LONG_ID}: to=<b@example.net>, relay=none, delay=0, delays=0/0/0/0, dsn=2.0.0, status=sent (blocked)"
    assert parse(text, "postfix/discard") == []


@pytest.mark.parametrize("inner", ["filter.example.net:10024", "192.0.2.7:10024", "[192.0.2.7]:10024"])
def test_sent_to_an_inner_relay_is_handed_on(inner: str) -> None:
    text = (
        f"{LONG_ID}: to=<b@example.net>, relay=filter.example.net[192.0.2.7]:10024, delay=1, dsn=2.0.0, status=sent "
        "(250 2.0.0 from MTA(smtp:[192.0.2.7]:10025): 250 2.0.0 Ok: queued as 4jYFHh1F03zK9Bm)"
    )
    handed_on = HandedOn(**WITH_LONG_ID, recipient="b@example.net", next_queue_id="4jYFHh1F03zK9Bm")
    assert parse(text, "postfix/smtp", inner) == [handed_on]
    [event] = parse(text, "postfix/smtp", "192.0.2.7:10025", "127.0.0.1:10024")
    assert isinstance(event, Reported)


def test_sent_through_an_inner_pipe_is_handed_on_without_a_queue_id() -> None:
    text = (
        f"{LONG_ID}: to=<b@example.net>, relay=filter, delay=1, dsn=2.0.0, status=sent (delivered via filter service)"
    )
    assert parse(text, "postfix/pipe", "filter") == [HandedOn(**WITH_LONG_ID, recipient="b@example.net")]


def test_an_inner_relays_refusal_stays_one() -> None:
    text = f"{LONG_ID}: to=<b@example.net>, {KEYS}, dsn=5.1.1, status=bounced ({UNKNOWN_USER})"
    [event] = parse(text, "postfix/smtp", "192.0.2.1:25")
    assert isinstance(event, Reported)


def test_forwarded_by_local_is_handed_on() -> None:
    text = (
        f"{LONG_ID}: to=<team@relay1.test>, orig_to=<team>, relay=local, delay=1, dsn=2.0.0, status=sent "
        "(forwarded as 4jYFHh1F03zK9Bm)"
    )
    assert parse(text, "postfix/local") == [
        HandedOn(**WITH_LONG_ID, recipient="team", delivered_to="team@relay1.test", next_queue_id="4jYFHh1F03zK9Bm")
    ]


def test_an_alias_is_the_recipient_and_its_address_where_it_went() -> None:
    event = reported(f"{LONG_ID}: to=<one@ok.test>, orig_to=<team@alias.test>, {KEYS}, dsn=2.0.0, status=sent (250 Ok)")
    assert (event.recipient, event.delivered_to) == ("team@alias.test", "one@ok.test")


def test_an_alias_of_itself_went_nowhere_else() -> None:
    event = reported(f"{LONG_ID}: to=<one@ok.test>, orig_to=<one@ok.test>, {KEYS}, dsn=2.0.0, status=sent (250 Ok)")
    assert (event.recipient, event.delivered_to) == ("one@ok.test", None)


@pytest.mark.parametrize(
    "keys",
    [
        f"relay={RELAY}, conn_use=2, delay=1, delays=0/0/0/1, tls=/!encrypt:may, dsn=2.0.0",
        f"relay={RELAY}, delay=1, delays=0/0/0/1, tls=verify, dsn=2.0.0",
        f"delay=1, dsn=2.0.0, relay={RELAY}, one_day=it will have more",
    ],
)
def test_keys_are_found_by_their_name(keys: str) -> None:
    event = reported(f"{LONG_ID}: to=<b@example.net>, {keys}, status=sent (250 Ok)")
    assert (event.remote_host, event.enhanced_code) == (RELAY, "2.0.0")


@pytest.mark.parametrize(
    "reason",
    [
        'host mx[192.0.2.1] said: 550 5.7.1 (see (RFC) "5321", to=<x@y.z>, status=sent) rejected (in reply to DATA)',
        "host mx[2001:db8::1] said: 550-5.1.1 The account (b) does not exist. 550 5.1.1 Try (again)",
        'unknown user: "b"',
        ")",
        "mail for example.net loops back to myself",
    ],
)
def test_a_reason_ends_at_its_last_parenthesis(reason: str) -> None:
    event = reported(f"{LONG_ID}: to=<b@example.net>, {KEYS}, dsn=5.7.1, status=bounced ({reason})")
    assert event.response == reason


def test_a_reason_that_syslog_cut_is_read_to_its_end() -> None:
    event = reported(
        f"{LONG_ID}: to=<b@example.net>, {KEYS}, dsn=5.7.1, status=bounced (host mx (x) said: 550 5.7.1 Mes"
    )
    assert (event.response, event.smtp_code, event.enhanced_code) == ("host mx (x) said: 550 5.7.1 Mes", 550, "5.7.1")


@pytest.mark.parametrize(
    ("answer", "smtp_code", "enhanced_code"),
    [
        ("550 5.1.1 User unknown", 550, "5.1.1"),
        ("550-5.7.26 Unauthenticated 550 5.7.26 mail", 550, "5.7.26"),
        ("550-Requested action not taken 550 5.1.1 User unknown", 550, "5.1.1"),
        ("554 5.7.1: blocked", 554, "5.7.1"),
        ("554 5.7.1.", 554, "5.7.1"),
        ("550 5.1.1.1 is no code", 550, "5.0.0"),
        ("550 User unknown", 550, "5.0.0"),
        ("550 #5.1.0 Address rejected", 550, "5.0.0"),
        ("gibberish", None, "5.0.0"),
    ],
)
def test_the_answers_own_code_comes_before_postfix_own(answer: str, smtp_code: int | None, enhanced_code: str) -> None:
    reason = f"host mx[192.0.2.1] said: {answer} (in reply to RCPT TO command)"
    event = reported(f"{LONG_ID}: to=<b@example.net>, {KEYS}, dsn=5.0.0, status=bounced ({reason})")
    assert (event.smtp_code, event.enhanced_code) == (smtp_code, enhanced_code)


def test_mail_that_loops_has_the_code_of_this_relay() -> None:
    reason = "mail for example.net loops back to myself"
    event = reported(f"{LONG_ID}: to=<b@example.net>, relay=none, delay=1, dsn=5.4.6, status=bounced ({reason})")
    assert (event.smtp_code, event.enhanced_code, event.remote_host) == (None, "5.4.6", None)


@pytest.mark.parametrize(
    "recipient",
    [
        "o'neil@example.net",
        "CHLOE.Roy+tag@Example.NET",
        '"a b"@example.net',
        '"x>, relay=evil, status=sent (y"@example.net',
        '"a\\"b\\\\"@example.net',
        "réservation@東京.example",
        "contr?l@example.net",
        "two words@example.net",
        "a<b>c@example.net",
        "b",
    ],
)
def test_any_recipient_is_read(recipient: str) -> None:
    event = reported(f"{LONG_ID}: to=<{recipient}>, orig_to=<{recipient}x>, {KEYS}, dsn=2.0.0, status=sent (250 Ok)")
    assert (event.recipient, event.delivered_to) == (f"{recipient}x", recipient)


@pytest.mark.parametrize(
    "text",
    [
        "to=<b@example.net",
        "to=<b@example.net>, relay=none, delay=1",
        "to=<b@example.net>, relay=none, delay=1, dsn=5.0.0, status=",
        "to=<b@example.net>, relay=none, delay=1, dsn=5.0.0, status=eaten (by the dog)",
    ],
)
def test_a_delivery_without_a_known_status_is_unreadable(text: str) -> None:
    with pytest.raises(UnreadableLine):
        parse(f"{LONG_ID}: {text}")


def test_a_delivery_without_a_reason_has_none() -> None:
    assert reported(f"{LONG_ID}: to=<b@example.net>, {KEYS}, dsn=2.0.0, status=sent ()").response is None
    assert reported(f"{LONG_ID}: to=<b@example.net>, {KEYS}, dsn=2.0.0, status=sent").response is None


_PRINTABLE = st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs"))
_ATOMS = st.text(st.characters(codec="utf-8", categories=("L", "N", "S"), exclude_characters="<>"), min_size=1)
_QUOTED = st.text(_PRINTABLE).map(lambda text: '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"')
_ADDRESSES = st.builds("{}@{}".format, _ATOMS | _QUOTED, _ATOMS)


@given(_ADDRESSES, _ADDRESSES, st.text(_PRINTABLE))
def test_whatever_postfix_writes_is_read_back(recipient: str, alias: str, reason: str) -> None:
    event = reported(f"{LONG_ID}: to=<{recipient}>, orig_to=<{alias}>, {KEYS}, dsn=4.0.0, status=deferred ({reason})")
    assert (event.recipient, event.delivered_to or alias) == (alias, recipient)
    assert (event.response or "") == reason
