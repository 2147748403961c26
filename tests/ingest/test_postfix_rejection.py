"""What the relay refuses or accepts at its door, with a queue id and without."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import UnreadableLine
from models.event import Accepted, MessageRefused, Refused, Reported
from models.status import Status
from tests.ingest.postfix_lines import LONG_ID, WITH_LONG_ID, WITHOUT_ID, parse

CLIENT = "client.example[192.0.2.5]"
ENVELOPE = "from=<a@northwind.example> to=<b@example.net> proto=ESMTP helo=<client.example>"
ANSWER = "550 5.1.3 <b@example.net>: Recipient address rejected: Invalid recipient address"
SMTPD = "postfix/smtpd"


def refused(text: str, program: str = SMTPD) -> Refused:
    [event] = parse(text, program)
    assert isinstance(event, Refused)
    return event


def test_a_refusal_before_there_is_a_message_is_kept_by_process_and_text() -> None:
    text = f"NOQUEUE: reject: RCPT from {CLIENT}: {ANSWER}; {ENVELOPE}"
    assert parse(text, "postfix/submission/smtpd") == [
        Refused(
            **WITHOUT_ID,
            key=f"postfix/submission/smtpd[325]\t{text}",
            recipient="b@example.net",
            envelope_sender="a@northwind.example",
            client_address="192.0.2.5",
            service="submission",
            response=ANSWER,
            smtp_code=550,
            enhanced_code="5.1.3",
        )
    ]


@pytest.mark.parametrize("action", ["reject", "milter-reject", "proxy-reject"])
@pytest.mark.parametrize("stage", ["RCPT", "DATA", "END-OF-MESSAGE", "BDAT content"])
def test_every_kind_of_refusal_that_names_its_recipient_is_kept(action: str, stage: str) -> None:
    event = refused(f"NOQUEUE: {action}: {stage} from {CLIENT}: 451 4.7.1 Service unavailable; {ENVELOPE}")
    assert (event.recipient, event.response, event.smtp_code) == (
        "b@example.net",
        "451 4.7.1 Service unavailable",
        451,
    )


def test_a_before_queue_filter_names_neither_client_nor_queue() -> None:
    event = refused(f"proxy-reject: END-OF-MESSAGE: 550 5.7.1 Spam; {ENVELOPE}")
    assert (event.response, event.client_address) == ("550 5.7.1 Spam", None)


def test_postscreen_writes_commas() -> None:
    event = refused(
        "NOQUEUE: reject: RCPT from [2001:db8::5]:53211: 550 5.7.1 Service unavailable; client [2001:db8::5] blocked "
        "using zen.spamhaus.org; from=<a@northwind.example>, to=<b@example.net>, proto=ESMTP, helo=<client.example>",
        "postfix/postscreen",
    )
    assert (event.client_address, event.envelope_sender, event.recipient, event.service, event.response) == (
        "2001:db8::5",
        "a@northwind.example",
        "b@example.net",
        "postscreen",
        "550 5.7.1 Service unavailable; client [2001:db8::5] blocked using zen.spamhaus.org",
    )


def test_newer_versions_add_the_user_name() -> None:
    event = refused(
        f"NOQUEUE: reject: RCPT from {CLIENT}: {ANSWER}; {ENVELOPE} sasl_method=PLAIN sasl_username=a@relay1.test"
    )
    assert (event.response, event.recipient) == (ANSWER, "b@example.net")


@pytest.mark.parametrize(
    "text",
    [
        f"NOQUEUE: reject: CONNECT from {CLIENT}: 554 5.7.1 Service unavailable; proto=SMTP",
        f"NOQUEUE: reject: MAIL from {CLIENT}: 552 5.3.4 Message size exceeds fixed limit; from=<a@b.test> proto=ESMTP",
        f"NOQUEUE: reject: RCPT from {CLIENT}: {ANSWER}; from=<a@northwind.example> to=<> proto=ESMTP",
        f"NOQUEUE: reject: VRFY from {CLIENT}: {ANSWER}; to=<b@example.net> proto=ESMTP",
        "NOQUEUE: reject: CONNECT from [192.0.2.5]:53211: all server ports busy",
    ],
)
def test_without_a_recipient_there_is_nothing_to_show(text: str) -> None:
    assert parse(text, SMTPD) == []


@pytest.mark.parametrize(
    "action",
    ["reject_warning", "filter", "discard", "hold", "redirect", "prepend", "bcc", "warn", "permit", "milter-hold"],
)
@pytest.mark.parametrize("queue_id", ["NOQUEUE", LONG_ID])
def test_actions_that_refuse_nobody_are_nothing(action: str, queue_id: str) -> None:
    assert parse(f"{queue_id}: {action}: RCPT from {CLIENT}: {ANSWER}; {ENVELOPE}", SMTPD) == []


def test_a_later_recipient_is_refused_with_the_queue_id() -> None:
    answer = "452 4.7.1 <b@example.net>: Recipient address rejected: SMTP sending quota reached"
    text = f"{LONG_ID}: reject: RCPT from {CLIENT}: {answer}; {ENVELOPE}"
    assert parse(text, SMTPD) == [
        Reported(
            **WITH_LONG_ID,
            status=Status.REJECTED,
            recipient="b@example.net",
            response=answer,
            smtp_code=452,
            enhanced_code="4.7.1",
        )
    ]


@pytest.mark.parametrize(
    ("program", "said", "response", "smtp_code", "enhanced_code"),
    [
        (
            SMTPD,
            f"reject: DATA from {CLIENT}: 550 5.5.3 <DATA>: Data command rejected; {ENVELOPE}",
            "550 5.5.3 <DATA>: Data command rejected",
            550,
            "5.5.3",
        ),
        (
            SMTPD,
            f"milter-reject: END-OF-MESSAGE from {CLIENT}: 451 4.7.1 Try later; from=<a@b.test> proto=ESMTP helo=<h>",
            "451 4.7.1 Try later",
            451,
            "4.7.1",
        ),
        (
            SMTPD,
            f"reject: BDAT content from {CLIENT}: bare <LF> received; {ENVELOPE}",
            "bare <LF> received",
            None,
            None,
        ),
        (
            "postfix/cleanup",
            f"milter-reject: END-OF-MESSAGE from {CLIENT}: 5.7.1 Spam; from=<a; from=<b> to=<c>; {ENVELOPE}",
            "5.7.1 Spam; from=<a; from=<b> to=<c>",
            None,
            "5.7.1",
        ),
        (
            "postfix/cleanup",
            f"reject: header Subject: Win: from x; from=<a> to=<b>: no from {CLIENT}; {ENVELOPE}: 5.7.1 No prizes",
            "5.7.1 No prizes",
            None,
            "5.7.1",
        ),
        ("postfix/cleanup", "reject: body Win! from local; from=<root>: 4.3.0 Later", "4.3.0 Later", None, "4.3.0"),
        (
            "postfix/cleanup",
            f"reject: mime-error nesting too deep: Content-Type: x from {CLIENT}; from=<a> to=<unknown>",
            f"mime-error nesting too deep: Content-Type: x from {CLIENT}; from=<a> to=<unknown>",
            None,
            None,
        ),
        (
            "postfix/cleanup",
            f"milter-header-reject: header X-Spam: yes from {CLIENT}; {ENVELOPE}: 5.7.1 Spam",
            "5.7.1 Spam",
            None,
            "5.7.1",
        ),
    ],
)
def test_a_refusal_at_or_after_data_is_of_the_whole_message(
    program: str, said: str, response: str, smtp_code: int | None, enhanced_code: str | None
) -> None:
    refusal = MessageRefused(**WITH_LONG_ID, response=response, smtp_code=smtp_code, enhanced_code=enhanced_code)
    assert parse(f"{LONG_ID}: {said}", program) == [refusal]


def test_a_refused_command_that_ends_no_message_is_nothing() -> None:
    assert parse(f"{LONG_ID}: reject: VRFY from {CLIENT}: {ANSWER}; {ENVELOPE}", SMTPD) == []


def test_an_accepted_recipient_is_told() -> None:
    text = f"{LONG_ID}: info: RCPT from {CLIENT}: accepted for relay; {ENVELOPE}"
    assert parse(text, SMTPD) == [
        Accepted(**WITH_LONG_ID, recipient="b@example.net", envelope_sender="a@northwind.example")
    ]


@pytest.mark.parametrize(
    "said",
    [
        f"info: MAIL from {CLIENT}: hello; from=<a@b.test> proto=ESMTP",
        f"info: RCPT from {CLIENT}: accepted; from=<a@b.test> to=<> proto=ESMTP",
    ],
)
def test_other_information_is_nothing(said: str) -> None:
    assert parse(f"{LONG_ID}: {said}", SMTPD) == []


@pytest.mark.parametrize(
    "text",
    [
        f"{LONG_ID}: reject: RCPT from {CLIENT}: {ANSWER}; from=<a@b.test> to=<b@exam",
        f"{LONG_ID}: reject: RCPT from {CLIENT}: {ANSWER}; from=<a@b.test> proto=ESMTP",
        f"{LONG_ID}: reject: RCPT",
        f"{LONG_ID}: info: RCPT from {CLIENT}: acc",
        f"NOQUEUE: reject: RCPT from {CLIENT}: {ANSWER}; from=<a@b.test> to=<b@exam",
    ],
)
def test_a_refusal_that_was_cut_is_unreadable(text: str) -> None:
    with pytest.raises(UnreadableLine):
        parse(text, SMTPD)


@pytest.mark.parametrize(
    ("sender", "recipient", "helo"),
    [
        ("", "b@example.net", "client.example"),
        ('"a; from=<x> to=<y>"@b.test', '"c; from=<x> to=<y> proto=ESMTP helo=<h>"@d.test', "[192.0.2.5]"),
        ("two words@b.test", "o'neil+tag@Example.NET", "several words"),
        ("réservation@b.test", "contr?l@b.test", "<odd>"),
        ("a<b>@c.test", "d<e@f.test", ""),
    ],
)
def test_envelopes_of_any_address_are_read(sender: str, recipient: str, helo: str) -> None:
    answer = '550 5.7.1 <x>: (rejected); see to=<x@y.z>; from=<n> to=<m> "why"'
    event = refused(
        f"NOQUEUE: reject: RCPT from {CLIENT}: {answer}; from=<{sender}> to=<{recipient}> proto=SMTP helo=<{helo}>"
    )
    assert (event.envelope_sender, event.recipient, event.response) == (sender, recipient, answer)


def test_a_client_without_helo_has_an_envelope() -> None:
    assert refused(f"NOQUEUE: reject: RCPT from {CLIENT}: {ANSWER}; from=<a@b.test> to=<c@d.test> proto=SMTP").recipient


_TEXTS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")))
_ADDRESSES = st.text(st.characters(codec="utf-8", categories=("L", "N", "S"), exclude_characters="<>"), min_size=1).map(
    "{}@example.net".format
)


@given(_TEXTS, _ADDRESSES, _ADDRESSES)
def test_whatever_smtpd_writes_is_read_back(answer: str, sender: str, recipient: str) -> None:
    event = refused(
        f"NOQUEUE: reject: RCPT from {CLIENT}: {answer}; from=<{sender}> to=<{recipient}> proto=ESMTP helo=<h>"
    )
    assert (event.response, event.envelope_sender, event.recipient) == (answer, sender, recipient)
