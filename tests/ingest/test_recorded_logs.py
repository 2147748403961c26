"""Logs recorded from a real Postfix, against what the program that sent the mail knows became of every recipient."""

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
import pytest

from database.put_aside import count_put_aside
from database.store import Store
from ingest.pipeline import Pipeline
from ingest.postfix_reader import PostfixReader
from ingest.tally import Tally
from models.attribution import AttributionRules

NOW = datetime(2026, 11, 23, 19, 0, tzinfo=UTC)
ROOT = Path(__file__).parents[2]
RECORDED = Path(__file__).parent / "recorded"
MAIL = ROOT / "examples/postfix/mail.log"
QUEUED = RECORDED / "queued.log"
RULES = AttributionRules(trusted_networks=(ip_network("127.0.0.1/32"),))
ACCOUNTS = ("northwind", "acme", "globex")


class Row(NamedTuple):
    """What is compared of a recipient; `subject` and `message_id` are not told for refused ones."""

    account: str | None
    recipient: str
    delivered_to: str | None
    sender: str
    envelope_sender: str
    message_id: str | None
    status: str


@pytest.fixture
async def store(connection: asyncpg.Connection) -> Store:
    await connection.executemany(
        "insert into account (external_id, name, time_zone) values ($1, $1, 'UTC')", [(name,) for name in ACCOUNTS]
    )
    for number, name in enumerate(ACCOUNTS, start=1):
        await connection.execute("insert into smtp_credential values ($1, $2)", f"{name}@relay1.example.net", number)
        await connection.execute("insert into sending_domain values ($1, $2)", f"{name}.example", number)
    return await Store.open(connection, rules=RULES, retention=timedelta(days=400))


async def read(store: Store, *logs: Path, lines_per_batch: int = 5_000) -> Tally:
    reader = PostfixReader(Pipeline(store, lambda: NOW, lines_per_batch), year=2026, time_zone=UTC)
    tally = Tally()
    for log in logs:
        await reader.read(str(log), tally)
    return tally


def expected(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (RECORDED / f"{name}.expected.jsonl").read_text().splitlines()]


def expected_rows(recipients: Iterable[dict[str, Any]]) -> Counter[Row]:
    return Counter(
        Row(
            r["account"],
            r["recipient"],
            r["deliveredTo"],
            r["sender"],
            r["envelopeSender"],
            r["messageId"],
            r["status"],
        )
        for r in recipients
        if r["account"] is not None
    )


async def stored_rows(connection: asyncpg.Connection) -> Counter[Row]:
    records = await connection.fetch(
        """
        select external_id, recipient, delivered_to, sender, envelope_sender,
            case when status <> 'REJECTED' then message_id end, status
        from smtp_activity join account on account.id = account_id
        """
    )
    return Counter(Row(*record) for record in records)


async def everything(connection: asyncpg.Connection) -> list[Sequence[object]]:
    """All that was recorded; working memory is not compared."""
    activities = await connection.fetch("select * from smtp_activity order by account_id, id")
    events = await connection.fetch("select * from smtp_event order by account_id, activity_id, occurred_at, status")
    unattributed = await connection.fetch("select occurred_at, payload from unattributed_event order by 1, 2")
    return [tuple(record) for record in (*activities, *events, *unattributed)]


async def forget(connection: asyncpg.Connection) -> None:
    await connection.execute(
        "truncate smtp_activity, smtp_event, relay_message, parked_event, unattributed_event, ingest_source"
    )


async def test_every_recipient_of_the_log_has_its_row_once(store: Store, connection: asyncpg.Connection) -> None:
    tally = await read(store, MAIL)
    assert (tally.new_rows, tally.changed_rows, tally.unreadable) == (1039, tally.changed_rows, 0)
    assert await stored_rows(connection) == expected_rows(expected("mail"))
    assert await count_put_aside(connection) == (0, 60)


async def test_bounce_notifications_appear_nowhere(store: Store, connection: asyncpg.Connection) -> None:
    await read(store, MAIL)
    notifications = set(re.findall(r"notification: (\w+)", MAIL.read_text()))
    queue_ids = {record[0] for record in await connection.fetch("select distinct queue_id from smtp_activity")}
    assert len(notifications) == 207
    assert not notifications & queue_ids


async def test_subjects_are_those_that_were_sent(store: Store, connection: asyncpg.Connection) -> None:
    """Up to Postfix's cut, and to the `?` that it writes for a fold."""
    await read(store, MAIL)
    sent = {r["messageId"]: r["subject"] for r in expected("mail") if r["status"] != "REJECTED"}
    records = await connection.fetch(
        "select distinct message_id, subject from smtp_activity where status <> 'REJECTED'"
    )
    assert {message_id for message_id, _ in records} == sent.keys()
    for message_id, subject in records:
        assert (subject is None) == (sent[message_id] == "")
        if subject is not None:
            pattern = re.sub(r"(\\ )*\\\?(\\ )*", ".{0,2}", re.escape(subject))
            assert re.match(pattern, sent[message_id]), (subject, sent[message_id])


# What the remote server (or the relay itself) was told to answer, by the recipient's domain.
ANSWERS = {
    "invalid.test": "INVALID_ADDRESS",
    "quota.test": "QUOTA_REACHED",
    "hard.test": "INVALID_ADDRESS",
    "full.test": "MAILBOX_FULL",
    "down.test": "CONNECTION_FAILED",
    "soft.test": "SERVER_ERROR",
    "flaky.test": "RATE_LIMITED",
}


async def test_there_is_a_reason_exactly_where_one_belongs(store: Store, connection: asyncpg.Connection) -> None:
    await read(store, MAIL)
    records = await connection.fetch(
        """
        select status, reason_category, reason_message, coalesce(delivered_to, recipient) as final
        from smtp_activity
        """
    )
    for status, category, message, final in records:
        if status == "DELIVERED":
            assert (category, message) == (None, None)
        elif "Message content rejected as spam" in message:
            assert category == "CONTENT_REFUSED"
        else:
            assert category == ANSWERS[final.partition("@")[2]], message


async def test_reading_twice_changes_nothing(store: Store, connection: asyncpg.Connection) -> None:
    await read(store, MAIL)
    before = await everything(connection)
    tally = await read(store, MAIL)
    assert (tally.new_rows, tally.changed_rows) == (0, 0)
    assert await everything(connection) == before


@pytest.mark.parametrize("lines_per_batch", [7, 200])
async def test_the_size_of_batches_does_not_matter(
    store: Store, connection: asyncpg.Connection, lines_per_batch: int
) -> None:
    await read(store, QUEUED)
    before = await everything(connection)
    await forget(connection)
    await read(store, QUEUED, lines_per_batch=lines_per_batch)
    assert await everything(connection) == before


async def test_a_log_cut_in_two_and_read_in_the_wrong_order_comes_to_the_same(
    store: Store, connection: asyncpg.Connection, tmp_path: Path
) -> None:
    await read(store, MAIL)
    whole = await everything(connection)
    lines = MAIL.read_bytes().splitlines(keepends=True)
    first, second = tmp_path / "mail.log.1", tmp_path / "mail.log"
    for cut in range(211, len(lines), len(lines) // 8):
        await forget(connection)
        first.write_bytes(b"".join(lines[:cut]))
        second.write_bytes(gzip.compress(b"".join(lines[cut:])))
        await read(store, second, first)
        assert await everything(connection) == whole, f"cut after line {cut}"


def lines_of_some_messages() -> list[bytes]:
    """All lines of six messages of many kinds (aliases, refusals, deferrals), and of the processes before them."""
    text = QUEUED.read_text()
    messages = list(dict.fromkeys(re.findall(r"(\w+): client=", text)))[:6]
    processes = {
        re.escape(name) for name in re.findall(rf"(postfix/smtpd\[\d+\]): (?:{'|'.join(messages)}): client=", text)
    }
    wanted = re.compile(
        "|".join([*messages, *(rf"{process}: (?:NOQUEUE|connect|disconnect)" for process in processes)])
    )
    return [line.encode() for line in text.splitlines(keepends=True)[:140] if wanted.search(line)]


async def test_a_log_cut_at_any_line_of_a_message_comes_to_the_same(
    store: Store, connection: asyncpg.Connection, tmp_path: Path
) -> None:
    lines = lines_of_some_messages()
    first, second = tmp_path / "mail.log.1", tmp_path / "mail.log"
    first.write_bytes(b"".join(lines))
    await read(store, first)
    whole = await everything(connection)
    assert len(whole) > 50
    for cut in range(1, len(lines)):
        await forget(connection)
        first.write_bytes(b"".join(lines[:cut]))
        second.write_bytes(b"".join(lines[cut:]))
        await read(store, second, first)
        assert await everything(connection) == whole, f"cut after line {cut}: {lines[cut - 1]!r}"


async def test_what_is_still_in_the_queue_is_pending_or_deferred(store: Store, connection: asyncpg.Connection) -> None:
    tally = await read(store, QUEUED)
    recipients = expected("queued")
    for recipient in recipients:
        if recipient["status"] == "PENDING":
            # Where an alias leads stands in the log when its first delivery is tried, and not before.
            recipient["deliveredTo"] = None
    assert await stored_rows(connection) == expected_rows(recipients)
    assert (tally.new_rows, tally.unreadable) == (132, 0)
    assert await count_put_aside(connection) == (0, 4)


async def test_syslog_and_rfc_3339_stamps_come_to_the_same(
    store: Store, connection: asyncpg.Connection, tmp_path: Path
) -> None:
    await read(store, QUEUED)
    before = await everything(connection)
    modern = tmp_path / "mail.log"
    stamp = re.compile(rb"^Nov 23 ([\d:]{8})", re.MULTILINE)
    modern.write_bytes(stamp.sub(rb"2026-11-23T\1.123456+00:00", QUEUED.read_bytes()))
    tally = await read(store, modern)
    assert (tally.new_rows, tally.changed_rows) == (0, 0)
    assert await everything(connection) == before
