"""Lines of public events as the store's events."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import UnreadableLine
from ingest.ndjson import NdjsonParser
from models.event import Accepted, Arrived, Described, Expired, Removed, Reported
from models.status import Status

ARRIVED_AT = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
MESSAGE: dict[str, Any] = {"relay": "relay1", "message": "m-1", "arrivedAt": "2026-11-23T13:00:00.9-05:00"}
AT = {"at": "2026-11-23T18:00:02Z"}
COMMON: dict[str, Any] = {"relay": "relay1", "queue_id": "m-1", "arrived_at": ARRIVED_AT}
LATER = ARRIVED_AT.replace(second=2)


def line(kind: str, **fields: object) -> bytes:
    return json.dumps({"event": kind} | MESSAGE | fields).encode() + b"\n"


def test_a_message_is_taken_described_and_accepted_for_each_recipient() -> None:
    taken = line(
        "message",
        credential="northwind@relay1",
        clientAddress="192.0.2.1",
        envelopeSender="",
        sender="shop@northwind.example",
        subject="Réservation",
        messageId="1@northwind.example",
        recipients=["ana@ok.test", "bob@ok.test"],
    )
    common = COMMON | {"occurred_at": ARRIVED_AT}
    assert NdjsonParser().parse(taken) == [
        Arrived(**common, credential="northwind@relay1", client_address="192.0.2.1", service="ndjson"),
        Described(
            **common,
            envelope_sender="",
            sender="shop@northwind.example",
            subject="Réservation",
            message_id="1@northwind.example",
        ),
        Accepted(**common, recipient="ana@ok.test"),
        Accepted(**common, recipient="bob@ok.test"),
    ]


def test_a_report_keeps_the_answer_in_full() -> None:
    reported = line(
        "recipient",
        **AT,
        recipient="bob@ok.test",
        status="SOFT_BOUNCE",
        deliveredTo="robert@ok.test",
        remoteHost="mx.ok.test:25",
        response="452 4.2.2 Full",
        smtpCode=452,
        enhancedCode="4.2.2",
    )
    assert NdjsonParser().parse(reported) == [
        Reported(
            **COMMON,
            occurred_at=LATER,
            status=Status.SOFT_BOUNCE,
            recipient="bob@ok.test",
            delivered_to="robert@ok.test",
            remote_host="mx.ok.test:25",
            response="452 4.2.2 Full",
            smtp_code=452,
            enhanced_code="4.2.2",
            attempted=True,
        )
    ]


@pytest.mark.parametrize(("status", "attempted"), [("PENDING", False), ("REJECTED", False), ("DEFERRED", True)])
def test_who_was_not_tried_counts_as_no_attempt(status: str, attempted: bool) -> None:
    (event,) = NdjsonParser().parse(line("recipient", **AT, recipient="a@b.test", status=status))
    assert isinstance(event, Reported)
    assert event.attempted is attempted


def test_the_end_of_a_message() -> None:
    assert NdjsonParser().parse(line("expired", **AT)) == [Expired(**COMMON, occurred_at=LATER)]
    assert NdjsonParser().parse(line("removed", **AT)) == [Removed(**COMMON, occurred_at=LATER)]


@pytest.mark.parametrize(
    ("escaped", "text"),
    [
        (rb"\u0000", "\ufffd"),
        (rb"\ud83d", "\ufffd"),
        (rb"\uDE00x", "\ufffdx"),
        (rb"\ud83d\ud83d\ude00", "\ufffd\N{GRINNING FACE}"),
        (rb"\\ud83d", r"\ud83d"),
        (rb"\\\\u0000", r"\\u0000"),
        (b"caf\xe9", "caf\ufffd"),
    ],
)
def test_what_postgresql_cannot_store_is_replaced(escaped: bytes, text: str) -> None:
    _, described = NdjsonParser().parse(line("message", subject="SUBJECT").replace(b"SUBJECT", escaped))
    assert isinstance(described, Described)
    assert described.subject == text


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0")))
def test_every_text_comes_through_however_it_is_escaped(text: str) -> None:
    for ascii_only in (True, False):
        raw = json.dumps({"event": "message", "subject": text} | MESSAGE, ensure_ascii=ascii_only).encode()
        _, described = NdjsonParser().parse(raw)
        assert isinstance(described, Described)
        assert described.subject == text


def test_a_blank_line_says_nothing() -> None:
    assert list(NdjsonParser().parse(b" \r\n")) == []


@given(st.binary())
def test_no_bytes_do_more_than_be_refused(raw: bytes) -> None:
    with suppress(UnreadableLine):
        NdjsonParser().parse(raw)
