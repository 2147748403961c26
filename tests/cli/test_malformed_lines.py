"""Lines that nothing can be read from: each is told with file, line and reason, and all around them is stored."""

import json
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest

from tests.cli.commands import Commands
from tests.cli.test_ingest import DATED

ID = "4jYFHg1B4dzK9Bh"
CLIENT = f"{ID}: client=localhost[127.0.0.1], sasl_username=northwind@relay1"
Malformed = list[tuple[bytes, str]]


def delivery(recipient: str, rest: str = "dsn=2.0.0, status=sent (250 Ok)") -> str:
    return f"{ID}: to=<{recipient}>, relay=mx[192.0.2.1]:25, delay=1, delays=0/0/0/1, {rest}"


def syslog(daemon: str, text: str, stamp: str = "Nov 23 18:45:20") -> bytes:
    return f"{stamp} relay1 postfix/{daemon}[3]: {text}\n".encode()


def journal(daemon: str = "qmgr", text: object = f"{ID}: removed", without: str = "", **fields: object) -> bytes:
    entry: dict[str, object] = {
        "__REALTIME_TIMESTAMP": "1795459520000000",
        "_HOSTNAME": "relay1",
        "SYSLOG_IDENTIFIER": f"postfix/{daemon}",
        "SYSLOG_PID": "3",
        "MESSAGE": text,
    }
    return json.dumps({name: value for name, value in (entry | fields).items() if name != without}).encode() + b"\n"


def listed(recipients: object, without: str = "", **fields: object) -> bytes:
    message: dict[str, object] = {"queue_name": "deferred", "queue_id": ID, "sender": "b@northwind.example"}
    message |= {"recipients": recipients} | fields
    return json.dumps({name: value for name, value in message.items() if name != without}).encode() + b"\n"


SYSLOG: Malformed = [
    (b"what is this\n", "not one of syslog"),
    (b"\n", "not one of syslog"),
    (b"\0\0\0\0\n", "not one of syslog"),
    (b"\xff\xfe\x00\n", "not one of syslog"),
    (b"<22>" + syslog("smtp", delivery("a@b.test")), "not one of syslog"),
    (syslog("smtp", delivery("a@b.test"), stamp="2026-11-23 18:45:20"), "not one of syslog"),
    (syslog("smtp", delivery("a@b.test"))[30:], "not one of syslog"),
    (b"Nov 23 18:45:2\n", "not one of syslog"),
    (syslog("smtp", delivery("a@b.test"), stamp="Nov 31 18:45:20"), "Nov 31 18:45:20 is not a date"),
    (syslog("smtp", delivery("a@b.test"), stamp="Nov 23 25:45:20"), "Nov 23 25:45:20 is not a date"),
    (syslog("qmgr", f"{ID}: removed", stamp="2026-13-01T00:00:00Z"), "2026-13-01T00:00:00Z is not a date"),
    (syslog("qmgr", f"{ID}: removed", stamp="2026-11-23T18:45:20+99:00"), "+99:00 is not a date"),
    (syslog("smtp", f"{ID}: to=<a@b.test"), "recipient has no end"),
    (syslog("smtp", f"{ID}: to=<"), "recipient has no end"),
    (syslog("smtp", delivery("a@b.test", "dsn=2.0.0")), "has no status"),
    (syslog("smtp", delivery("a@b.test", "dsn=2.0.0, status=")), "has no status"),
    (syslog("smtp", delivery("a@b.test", "dsn=2.0.0, status=lost (x)")), "status is unknown: lost"),
    (syslog("qmgr", f"{ID}: from=<b@northwind.example>"), "no sender, or nothing after it"),
    (syslog("qmgr", f"{ID}: from=<b@northwind.example"), "no sender, or nothing after it"),
    (syslog("pickup", f"{ID}: uid=0"), "local submission has no sender"),
    (syslog("pickup", f"{ID}: uid=x from=<b>"), "local submission has no sender"),
    (syslog("smtpd", f"{ID}: reject: RCPT from c[192.0.2.1]: 550 no"), "no envelope behind its answer"),
    (syslog("smtpd", f"{ID}: reject: RCPT from c[192.0.2.1]: 550 no; from=<a@b.test>"), "names no recipient"),
    (syslog("smtpd", "NOQUEUE: reject: RCPT from"), "no envelope behind its answer"),
    (syslog("smtpd", "NOQUEUE: reject: RCPT from c[192.0.2.1]: 550 no"), "no envelope behind its answer"),
    (syslog("smtpd", "NOQUEUE: info: RCPT from c[192.0.2.1]: x"), "no envelope behind its answer"),
    (syslog("cleanup", f"{ID}: warning: header Subject: cut"), "header has no client"),
    (syslog("smtp", f"{ID}: {'x' * 9_000}"), "longer than Postfix writes any"),
]
JOURNAL: Malformed = [
    (b"{\n", "truncated"),
    (b"{}\n", "missing required field `__REALTIME_TIMESTAMP`"),
    (b"{'MESSAGE': 'x'}\n", "JSON is malformed"),
    (b'{"a":"\xff\n', "JSON is malformed"),
    (journal()[:60] + b"\n", "JSON is malformed"),
    (journal()[:-1] + journal(), "trailing characters"),
    (journal(without="__REALTIME_TIMESTAMP"), "missing required field `__REALTIME_TIMESTAMP`"),
    (journal(__REALTIME_TIMESTAMP=None), "got `null` - at `$.__REALTIME_TIMESTAMP`"),
    (journal(__REALTIME_TIMESTAMP=1795459520000000), "got `int` - at `$.__REALTIME_TIMESTAMP`"),
    (journal(__REALTIME_TIMESTAMP="soon"), "'soon'"),
    (journal(__REALTIME_TIMESTAMP="1.5"), "'1.5'"),
    (journal(__REALTIME_TIMESTAMP=""), "''"),
    (journal(__REALTIME_TIMESTAMP="9" * 30), "out of range"),
    (journal(without="MESSAGE"), "message is missing"),
    (journal(text=None), "too long to be shown without --all"),
    (journal(text=7), "got `int` - at `$.MESSAGE`"),
    (journal(text={"a": 1}), "got `object` - at `$.MESSAGE`"),
    (journal(text=[1, 256]), "no byte"),
    (journal(text=[-1]), "no byte"),
    (journal(text=[1, 1.5]), "got `float` - at `$.MESSAGE[1]`"),
    (journal(_HOSTNAME=5), "got `int` - at `$._HOSTNAME`"),
    (journal(SYSLOG_IDENTIFIER={}), "got `object` - at `$.SYSLOG_IDENTIFIER`"),
    (journal(SYSLOG_PID=3), "got `int` - at `$.SYSLOG_PID`"),
    (journal("smtp", f"{ID}: to=<a@b.test"), "recipient has no end"),
]
QUEUE: Malformed = [
    (b"Mail queue is empty\n", "none of postqueue's"),
    (b"-Queue ID-  --Size-- ----Arrival Time---- -Sender/Recipient-------\n", "none of postqueue's"),
    (b"postqueue: fatal: Queue report unavailable - mail system is down\n", "none of postqueue's"),
    (b"\n", "truncated"),
    (b"\0\n", "JSON is malformed"),
    (b"[]\n", "got `array`"),
    (b'"x"\n', "got `str`"),
    (b"{}\n", "missing required field `queue_id`"),
    (b"{'queue_id': 'x'}\n", "JSON is malformed"),
    (listed([])[:50] + b"\n", "JSON is malformed"),
    (listed([])[:-1] + listed([]), "trailing characters"),
    (listed([], without="queue_id"), "missing required field `queue_id`"),
    (listed([], queue_id=7), "got `int` - at `$.queue_id`"),
    (listed([], queue_id="4F2B31C0A1"), "set enable_long_queue_ids = yes"),
    (listed([], queue_id=""), "set enable_long_queue_ids = yes"),
    (listed([], without="sender"), "missing required field `sender`"),
    (listed([], sender=None), "got `null` - at `$.sender`"),
    (listed([], without="recipients"), "missing required field `recipients`"),
    (listed("a@b.test"), "got `str` - at `$.recipients`"),
    (listed(["a@b.test"]), "got `str` - at `$.recipients[0]`"),
    (listed([{}]), "missing required field `address` - at `$.recipients[0]`"),
    (listed([{"address": None}]), "got `null` - at `$.recipients[0].address`"),
    (listed([{"address": ""}]), "length >= 1 - at `$.recipients[0].address`"),
    (listed([{"address": "a@b.test", "delay_reason": 5}]), "got `int` - at `$.recipients[0].delay_reason`"),
]


@pytest.mark.parametrize(
    ("malformed", "first", "good", "status"),
    [
        (SYSLOG, syslog("smtpd", CLIENT), lambda recipient: syslog("smtp", delivery(recipient)), "DELIVERED"),
        (JOURNAL, journal("smtpd", CLIENT), lambda recipient: journal("smtp", delivery(recipient)), "DELIVERED"),
        (QUEUE, b"", lambda recipient: listed([{"address": recipient}]), "PENDING"),
    ],
    ids=["syslog", "journal", "queue"],
)
async def test_each_is_told_with_its_reason_and_the_others_are_stored(
    northwind: Commands,
    connection: asyncpg.Connection,
    tmp_path: Path,
    malformed: Malformed,
    first: bytes,
    good: Callable[[str], bytes],
    status: str,
) -> None:
    if not first:
        await northwind.output("ingest", "postfix", "-", *DATED, given=syslog("smtpd", CLIENT))
    file = tmp_path / "log"
    lines = [line for number, (bad, _) in enumerate(malformed) for line in (bad, good(f"{number}@ok.test"))]
    file.write_bytes(first + b"".join(lines))
    command = ["postfix", str(file), *DATED] if first else ["postqueue", str(file), "--relay", "relay1"]
    result = await northwind.run("ingest", *command)
    told = result.stderr.splitlines()
    before = 1 if first else 0
    assert [each.split(": ")[0] for each in told] == [f"{file}:{2 * n + 1 + before}" for n in range(len(malformed))]
    assert [reason for (_, reason), each in zip(malformed, told, strict=True) if reason not in each] == []
    rows = await connection.fetch("select recipient, status from smtp_activity")
    assert {tuple(row) for row in rows} == {(f"{number}@ok.test", status) for number in range(len(malformed))}
