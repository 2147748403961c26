"""The queue's listing: who waits and why, beside what the logs say of the same messages."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from database.store import Store
from ingest.errors import UnreadableFile, UnreadableLine
from ingest.postqueue import PostqueueParser
from ingest.queue_listing import QueueListing, list_queue
from models.event import Described, Reported
from models.status import Status
from tests.conftest import NOW
from tests.ingest.postfix_lines import ARRIVAL, LONG_ID, SHORT_ID, line, parser
from tests.ingest.test_recorded_logs import store

__all__ = ["store"]  # a fixture

REASON = "host mx.test[192.0.2.1] said: 450 4.2.1 Try again (in reply to RCPT TO command)"
COMMON: dict[str, Any] = {"relay": "relay1", "queue_id": LONG_ID, "arrived_at": ARRIVAL, "occurred_at": ARRIVAL}
CLIENT = "client=localhost[127.0.0.1], sasl_username=northwind@relay1.example.net"


def listed(*recipients: tuple[str, str | None], queue_id: str = LONG_ID) -> bytes:
    """A line as postqueue writes it: a reason stands only where there is one."""
    message = {
        "queue_name": "deferred",
        "queue_id": queue_id,
        "arrival_time": 1795459519,
        "message_size": 616,
        "forced_expire": False,
        "sender": "b@northwind.example",
        "recipients": [
            {"address": address} | ({} if reason is None else {"delay_reason": reason})
            for address, reason in recipients
        ],
    }
    return json.dumps(message).encode() + b"\n"


def delivery(recipient: str, status: str = "deferred") -> bytes:
    return line(f"{LONG_ID}: to={recipient}, relay=mx.test[192.0.2.1]:25, delay=1, dsn=4.2.1, status={status} (said)")


def test_who_waits_is_pending_or_deferred_with_the_reason() -> None:
    assert PostqueueParser("relay1").parse(listed(("ana@ok.test", None), ("bob@ok.test", REASON))) == [
        Described(**COMMON, envelope_sender="b@northwind.example"),
        Reported(**COMMON, status=Status.PENDING, recipient="ana@ok.test"),
        Reported(
            **COMMON,
            status=Status.DEFERRED,
            recipient="bob@ok.test",
            response=REASON,
            smtp_code=450,
            enhanced_code="4.2.1",
        ),
    ]


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (b"Mail queue is empty\n", "none of postqueue's"),
        (b'{"queue_id": 7}\n', "Expected `str`, got `int` - at `\\$.queue_id`"),
        (b'{"queue_id": "X", "sender": ""}\n', "missing required field `recipients`"),
        (listed(("ana@ok.test", None), queue_id=SHORT_ID), "set enable_long_queue_ids = yes"),
        (listed(("ana@ok.test", None))[:-9], "none of postqueue's"),
    ],
)
def test_a_line_that_is_none_says_why(bad: bytes, said: str) -> None:
    with pytest.raises(UnreadableLine, match=said):
        PostqueueParser("relay1").parse(bad)


async def rows(connection: asyncpg.Connection) -> list[tuple[str, str | None, str]]:
    records = await connection.fetch("select recipient, delivered_to, status from smtp_activity order by 1, 2")
    return [tuple(record) for record in records]


LOG = [
    line(f"{LONG_ID}: {CLIENT}", "postfix/smtpd"),
    line(f"{LONG_ID}: from=<b@northwind.example>, size=616, nrcpt=3 (queue active)", "postfix/qmgr"),
]


async def record(store: Store, *lines: bytes) -> None:
    """Each line in a batch of its own."""
    log, queue = parser(), PostqueueParser("relay1")
    for one in lines:
        await store.record(list((queue if one.startswith(b"{") else log).parse(one)), None, NOW)


async def test_the_queue_makes_rows_for_recipients_that_no_line_names_yet(
    store: Store, connection: asyncpg.Connection
) -> None:
    await record(store, *LOG, listed(("ana@ok.test", None), ("bob@ok.test", REASON)))
    expected = [("ana@ok.test", None, "PENDING"), ("bob@ok.test", None, "DEFERRED")]
    assert await rows(connection) == expected
    await record(store, listed(("ana@ok.test", None), ("bob@ok.test", REASON)))
    assert await rows(connection) == expected


async def test_what_the_log_says_counts_more_in_either_order(store: Store, connection: asyncpg.Connection) -> None:
    queue = listed(("ana@ok.test", REASON))
    for lines in ((queue, delivery("<ana@ok.test>", "sent")), (delivery("<ana@ok.test>", "sent"), queue)):
        await connection.execute("truncate smtp_activity, smtp_event, relay_message, parked_event")
        await record(store, *LOG, *lines)
        assert await rows(connection) == [("ana@ok.test", None, "DELIVERED")]
        assert await connection.fetchval("select attempt_count from smtp_activity") == 1


@pytest.mark.parametrize("reason", [None, REASON])
async def test_a_final_address_is_the_row_of_its_alias_in_either_order(
    store: Store, connection: asyncpg.Connection, reason: str | None
) -> None:
    queue, aliased = listed(("final@ok.test", reason)), delivery("<final@ok.test>, orig_to=<alias@ok.test>")
    for lines in ((queue, aliased), (aliased, queue), (queue, aliased, queue)):
        await connection.execute("truncate smtp_activity, smtp_event, relay_message, parked_event")
        await record(store, *LOG, *lines)
        assert await rows(connection) == [("alias@ok.test", "final@ok.test", "DEFERRED")]
        assert await connection.fetchval("select count(*) from smtp_event") == 3


def command(directory: Path, text: str) -> None:
    """A `postqueue` in place of Postfix's."""
    script = directory / "postqueue"
    script.write_text(f'#!/bin/sh\n[ "$*" = -j ] || exit 9\n{text}\n')
    script.chmod(0o755)


def test_the_queue_is_listed_once_an_interval(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command(tmp_path, "echo one; echo two; echo three")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    seconds = 100.0
    listing = QueueListing(timedelta(minutes=1), lambda: seconds)
    assert listing.lines(2) == [b"one\n", b"two\n"]
    assert listing.lines(2) == [b"three\n"]
    seconds = 159.9
    assert listing.lines(2) == []
    seconds = 160.0
    assert listing.lines(5) == [b"one\n", b"two\n", b"three\n"]
    listing.close()


def test_a_listing_that_fails_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    command(tmp_path, "echo 'fatal: mail system is down' >&2; exit 69")
    assert QueueListing().lines(5) == []
    assert caplog.messages == ["postqueue -j: fatal: mail system is down."]
    command(tmp_path, "exit 69")
    with pytest.raises(UnreadableFile, match="exit code 69"):
        list_queue()
    command(tmp_path, "exec /nowhere/at/all")
    with pytest.raises(UnreadableFile, match="not found"):
        list_queue()


def test_nul_is_replaced() -> None:
    _, reported = PostqueueParser("relay1").parse(listed(("an\0a@ok.test", "4\0")))
    assert isinstance(reported, Reported)
    assert (reported.recipient, reported.response) == ("an\ufffda@ok.test", "4\ufffd")
