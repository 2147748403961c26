"""Logged headers: subjects in plain letters, bare addresses and ids."""

import json
import re
from base64 import b64encode
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import UnreadableLine
from ingest.postfix_header import read_from, read_header, read_message_id, read_subject
from models.event import Described
from tests.ingest.postfix_lines import LONG_ID, WITH_LONG_ID, parse, parser

ENVELOPE = "from=<a@northwind.example> to=<b@example.net> proto=ESMTP helo=<[127.0.0.1]>"
CLIENT = f"from localhost[127.0.0.1]; {ENVELOPE}"
RECORDED = Path(__file__).parent / "recorded"
MAIL = Path(__file__).parents[2] / "examples/postfix/mail.log"


def subject(logged: str) -> str | None:
    events = parse(f"{LONG_ID}: info: header Subject: {logged} {CLIENT}", "postfix/cleanup")
    assert all(isinstance(event, Described) for event in events)
    return events[0].subject if events else None  # type: ignore[union-attr]  # just asserted


@pytest.mark.parametrize("action", ["info", "warning"])
def test_subject_and_from_are_logged_by_info_and_by_warn(action: str) -> None:
    read = parser().parse
    stamp = "Nov 23 18:46:00 relay1 postfix/cleanup[7]:"
    assert read(f"{stamp} {LONG_ID}: {action}: header Subject: Hello {CLIENT}".encode()) == [
        Described(**WITH_LONG_ID, subject="Hello")
    ]
    assert read(f"{stamp} {LONG_ID}: {action}: header From: Acme <news@acme.example> {CLIENT}".encode()) == [
        Described(**WITH_LONG_ID, sender="news@acme.example")
    ]


@pytest.mark.parametrize(
    "end",
    [
        CLIENT,
        f"{CLIENT}: logged by header_checks",
        "from local; from=<root@relay1.test>",
        "from local;",
        "from unknown; to=<b@example.net> proto=ESMTP",
        "from client.example[2001:db8::5]; from=<> to=<b@example.net> proto=ESMTP helo=<h>",
    ],
)
def test_the_client_behind_a_header_is_cut_off(end: str) -> None:
    assert read_header(f"info: header Subject: Your order {end}") == ("subject", " Your order")


@pytest.mark.parametrize(
    "text",
    ["from me to you", "mail from x; from=<a@b.c> to=<x@y.z>", "to=<x@y.z>", "from localhost[127.0.0.1]; from=<a>"],
)
def test_a_subject_may_look_like_what_follows_it(text: str) -> None:
    assert subject(text) == text


@pytest.mark.parametrize("name", ["Subject", "subject", "SUBJECT"])
def test_a_header_is_named_in_any_case_and_its_blank_is_optional(name: str) -> None:
    assert read_header(f"info: header {name}:Hello {CLIENT}") == ("subject", "Hello")


@pytest.mark.parametrize("logged", ["Subject:", "Subject: ", "Subject: =?utf-8?q??="])
def test_an_empty_subject_is_none(logged: str) -> None:
    assert parse(f"{LONG_ID}: info: header {logged} {CLIENT}", "postfix/cleanup") == []


@pytest.mark.parametrize(
    "said",
    [
        f"info: header To: b@example.net {CLIENT}",
        f"info: header Subject-Matter: x {CLIENT}",
        f"info: nested-header Subject: of an attached message {CLIENT}",
        f"replace: header Subject: x {CLIENT}: Subject: y",
        f"info: body Subject: x {CLIENT}",
    ],
)
def test_other_headers_are_nothing(said: str) -> None:
    assert parse(f"{LONG_ID}: {said}", "postfix/cleanup") == []


def test_a_header_whose_end_is_missing_is_unreadable() -> None:
    with pytest.raises(UnreadableLine):
        parse(f"{LONG_ID}: info: header Subject: Hello fr", "postfix/cleanup")


@pytest.mark.parametrize(
    ("logged", "plain"),
    [
        ("Hello", "Hello"),
        ("=?utf-8?q?R=C3=A9servation_confirm=C3=A9e?=", "Réservation confirmée"),
        ("=?UTF-8?B?5p2x5Lqs?=", "東京"),
        ("=?iso-8859-1?Q?caf=E9?= at noon", "café at noon"),
        ("=?utf-8*fr?q?=C3=A9t=C3=A9?=", "été"),
        ("=?windows-1252?q?=80_5?=", "€ 5"),
        # Two words of one text: blanks between them are none, but a blank beside plain text is.
        ("=?utf-8?q?A?= =?utf-8?q?B?=", "AB"),
        ("=?utf-8?q?A?= and =?utf-8?q?B?=", "A and B"),
        # Folds: a line feed is `?`, and so is a tab behind it.
        ("=?utf-8?q?A?=? =?utf-8?q?B?=", "AB"),
        ("=?utf-8?q?A?=??=?utf-8?q?B?=", "AB"),
        ("=?utf-8?q?A?=? plain", "A plain"),
        ("=?utf-8?q?A?=??plain", "A plain"),
        ("Long? =?utf-8?q?A?=", "Long? A"),
        ("=?utf-8?q?Invoice?=?  =?utf-8?q?n=C2=B0?=", "Invoice n°"),
        # A character split between two words, and words of different encodings and character sets.
        ("=?utf-8?q?caf=C3?= =?utf-8?q?=A9?=", "café"),
        ("=?utf-8?b?Y2Fmww==?=? =?UTF-8?q?=A9_!?=", "café !"),
        ("=?utf-8?q?=C3=A9?= =?iso-8859-1?q?=E9?=", "éé"),
        # Padding that is missing is no loss.
        ("=?utf-8?b?w6k?=", "é"),
    ],
)
def test_encoded_words_are_read(logged: str, plain: str) -> None:
    assert subject(logged) == plain


@pytest.mark.parametrize(
    "logged",
    [
        "=?klingon?q?tlh?=",
        "=?hex?q?616263?=",
        "=?zlib?b?eJwDAAAAAAE=?=",
        "=?unicode_escape?q?=5Cx41?=",
        "=?idna?q?xn--caf-dma?=",
        "=?utf-8?q?=FF?=",
        "=?utf-8?b?@@@@?=",
        "=?utf-8?b?A?=",
        "=?utf-8?x?abc?=",
        "=?utf-8?q?unfinished",
        "=?utf-8?q?=FF?= =?utf-8?q?good?=",
        "=?",
        "a =? b ?= c",
    ],
)
def test_what_cannot_be_decoded_stays_as_it_is(logged: str) -> None:
    assert subject(logged) == logged


def test_what_a_database_cannot_hold_is_replaced() -> None:
    assert subject("=?utf-8?q?a=00b?=") == "a\ufffdb"
    assert subject("=?utf-7?q?+2AA-?=") == "\ufffd"


@pytest.mark.parametrize(
    ("end", "plain"),
    [
        ("=?utf-8?q?caf=C3=A9", "café"),
        ("=?utf-8?q?caf=C3=A", "caf"),
        ("=?utf-8?q?caf=C3", "caf"),
        ("=?utf-8?q?caf=", "caf"),
        ("=?utf-8?q?caf=C3=A9?", "café"),
        ("=?utf-8?q?", ""),
        ("=?utf-8?b", ""),
        ("=?utf", ""),
        ("=?utf-8?b?5p2x5Lqs", "東京"),
        ("=?utf-8?b?5p2x5Lq", "東"),
        ("=?utf-8?q?caf=C3=A9?= =?utf-8?q?=C3=A9t", "caféét"),
        ("=?utf-8?q?=FFabc", "=?utf-8?q?=FFabc?="),
    ],
)
def test_a_subject_that_postfix_cut_after_200_bytes_keeps_what_is_there(end: str, plain: str) -> None:
    blank = "" if end.startswith("=?utf-8?q?caf=C3=A9?= ") else " "
    start = "x" * (200 - len("Subject: ") - len(blank + end)) + blank
    assert subject(start + end) == (start + plain).strip()


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Z")), min_size=1), st.integers(1, 7))
def test_words_cut_anywhere_are_joined(text: str, width: int) -> None:
    octets = text.encode()
    words = (
        f"=?utf-8?b?{b64encode(octets[start : start + width]).decode()}?=" for start in range(0, len(octets), width)
    )
    assert read_subject("? ".join(words)) == text


@given(st.text())
def test_any_value_has_a_reading(value: str) -> None:
    read_subject(value)
    read_from(value)
    read_message_id(value)


@pytest.mark.parametrize(
    ("logged", "address"),
    [
        ("news@acme.example", "news@acme.example"),
        ("Acme News <news@acme.example>", "news@acme.example"),
        (r'"Ops, \"Night\" shift" <no-reply@acme.example>', "no-reply@acme.example"),
        ("=?utf-8?q?=C3=89quipe?= Facturation <billing@acme.example>", "billing@acme.example"),
        ('"fake@evil.example" <real@acme.example>', "real@acme.example"),
        ('"<fake@evil.example>" <real@acme.example>', "real@acme.example"),
        ("(a <fake@evil.example> (b)) real@acme.example (c)", "real@acme.example"),
        ('"a b"@acme.example', '"a b"@acme.example'),
        ('Name <"a>b@c"@acme.example>', '"a>b@c"@acme.example'),
        ("One <one@acme.example>, Two <two@acme.example>", "one@acme.example"),
        ("one@acme.example, two@acme.example", "one@acme.example"),
        ("Team: one@acme.example;", "one@acme.example"),
        ("<x@[192.0.2.1]>", "x@[192.0.2.1]"),
        ("Réservation <réservation@東京.example>", "réservation@東京.example"),
        ("=?utf-8?q?Acme_=3Cnews=40acme=2Eexample=3E?=", "news@acme.example"),
        ("Name? <news@acme.example>", "news@acme.example"),
        ("<>", None),
        ("", None),
        ("nobody", None),
        ("Undisclosed:;", None),
        ("Name <news@acme.exam", None),
        ('"only@a.name"', None),
        ("=?klingon?q?tlh?=", None),
    ],
)
def test_a_from_header_is_read_for_its_address(logged: str, address: str | None) -> None:
    assert read_from(f" {logged}") == address


def test_a_from_header_without_an_address_is_nothing() -> None:
    assert parse(f"{LONG_ID}: info: header From: nobody {CLIENT}", "postfix/cleanup") == []


@pytest.mark.parametrize(
    ("logged", "message_id"),
    [
        ("<1.2@acme.example>", "1.2@acme.example"),
        (" <1.2@acme.example> ", "1.2@acme.example"),
        ("1.2@acme.example", "1.2@acme.example"),
        ("? <1.2@acme.example>", "1.2@acme.example"),
        ("=?utf-8?q?=3C1=2E2=40acme=2Eexample=3E?=", "1.2@acme.example"),
        ('<"a>b"@acme.example>', '"a>b"@acme.example'),
        ("<two words>", "two words"),
        ("<>", None),
        ("", None),
    ],
)
def test_a_message_id_is_bare(logged: str, message_id: str | None) -> None:
    described = [Described(**WITH_LONG_ID, message_id=message_id)] if message_id else []
    assert parse(f"{LONG_ID}: message-id={logged}", "postfix/cleanup") == described


def test_a_resent_message_id_is_another_messages() -> None:
    assert parse(f"{LONG_ID}: resent-message-id=<1.2@acme.example>", "postfix/cleanup") == []


def test_every_recorded_subject_and_sender_is_the_original() -> None:
    described = read_recorded()
    compared = 0
    for line in (RECORDED / "mail.expected.jsonl").read_text().splitlines():
        original = json.loads(line)
        if original["messageId"] is None:
            continue
        logged = described[original["messageId"]]
        assert logged["sender"] == original["sender"]
        assert is_same_subject(logged.get("subject", ""), original["subject"])
        compared += 1
    assert compared == 965


def read_recorded() -> dict[str, dict[str, str]]:
    """What the log says of each message, by message id."""
    read = parser().parse
    by_queue_id: dict[str, dict[str, str]] = {}
    for line in MAIL.read_bytes().splitlines():
        for event in read(line):
            if isinstance(event, Described):
                said = {name: getattr(event, name) for name in ("sender", "subject", "message_id")}
                by_queue_id.setdefault(event.queue_id, {}).update({k: v for k, v in said.items() if v is not None})
    return {said["message_id"]: said for said in by_queue_id.values()}


def is_same_subject(logged: str, original: str) -> bool:
    """Equal, up to the `?` of a fold and to where Postfix cut."""
    unfolded = re.sub(r" ?\? ", " ", logged)
    return unfolded == original or (len(logged.encode()) > 180 and original.startswith(unfolded))
