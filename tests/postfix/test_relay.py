"""Mail through a real Postfix while its log is followed: every recipient's row is what the remote server did."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
import pytest

from models.clock import utc_now
from models.status import Status
from tests.cli.following import become
from tests.postfix.relay import POSTFIX, USER, Relay, running_relay
from tests.postfix.remote_server import RemoteServer

pytestmark = [
    pytest.mark.skipif(POSTFIX is None, reason="Postfix is not installed (Debian: apt-get install postfix)."),
    pytest.mark.skipif(os.geteuid() != 0, reason="Postfix is started by root alone."),
]

SENDER = "bounces@northwind.example"
SUBJECT = "Réservation confirmée pour l'été à Québec, " * 3
# Each goes to recipients of its own: what the remote server answered is known by the address.
MESSAGES = [
    ["ana.{n}@ok.test"],
    ["ana.{n}@ok.test", "bob.{n}@gone.test", "cid.{n}@full.test", "dan.{n}@grey.test"],
    ["eve.{n}@spam.test"],
    ["fay.{n}@ok.test", "refused@ok.test", "gus.{n}@grey.test"],
    ["hal.{n}@full.test"],
    ["team.{n}@northwind.example", "ida.{n}@ok.test"],
]
ALL_MESSAGES = 2 * len(MESSAGES)
ENOUGH_SECONDS = 60


class Row(NamedTuple):
    """What is compared of each recipient."""

    message_id: str
    recipient: str
    delivered_to: str | None
    status: str
    attempts: int
    answer: str | None
    sender: str
    envelope_sender: str
    subject: str


def aliases() -> dict[str, list[str]]:
    """Where an alias leads, for each message that is sent to one."""
    return {f"team.{n}@northwind.example": [f"al.{n}@ok.test", f"bo.{n}@gone.test"] for n in range(ALL_MESSAGES)}


def message(number: int) -> EmailMessage:
    """One whose subject has to be folded and encoded."""
    message = EmailMessage()
    message["From"] = "Northwind <shop@northwind.example>"
    message["Subject"] = SUBJECT if number % 2 else f"Order {number}"
    message["Message-ID"] = f"<{number}@northwind.example>"
    message.set_content("Thank you.\n")
    return message


def send_all(relay: Relay, port: int, first: int) -> set[tuple[int, str]]:
    """Each of the messages by one listener; which recipients were refused."""
    refused = set[tuple[int, str]]()
    for number, recipients in enumerate(MESSAGES, start=first):
        to = [recipient.format(n=number) for recipient in recipients]
        refused |= {(number, address) for address in relay.send(port, message(number), SENDER, to)}
    return refused


def expected(remote: RemoteServer, refused: set[tuple[int, str]]) -> set[Row]:
    """The rows as they have to be by what the remote server answered, and what the relay refused to its client."""
    rows = set[Row]()
    for number in range(ALL_MESSAGES):
        for recipient in (each.format(n=number) for each in MESSAGES[number % len(MESSAGES)]):
            for final in aliases().get(recipient, [recipient]):
                outcome = _outcome(remote, final) if (number, recipient) not in refused else None
                rows.add(_row(number, recipient, final, outcome))
    return rows


def _outcome(remote: RemoteServer, address: str) -> tuple[Status, int, str | None]:
    answers = remote.answers[address]
    last = answers[-1] if answers else None
    if last is None:
        return Status.PENDING, 0, None
    if last.code == 250:
        return Status.DELIVERED, len(answers), None
    return Status.HARD_BOUNCE if last.code >= 500 else Status.SOFT_BOUNCE, len(answers), last.text


def _row(number: int, recipient: str, final: str, outcome: tuple[Status, int, str | None] | None) -> Row:
    status, attempts, answer = outcome or (Status.REJECTED, 0, "not to this one")
    return Row(
        message_id=f"{number}@northwind.example",
        recipient=recipient,
        delivered_to=final if final != recipient else None,
        status=status.value,
        attempts=attempts,
        answer=answer,
        sender=SENDER if outcome is None else "shop@northwind.example",
        envelope_sender=SENDER,
        subject=str(message(number)["Subject"]),
    )


async def actual(connection: asyncpg.Connection, wanted: set[Row]) -> set[Row]:
    """The rows as they are; of an answer, the part that the remote server gave."""
    answers = {(row.message_id, row.recipient, row.delivered_to): row for row in wanted}
    found = set[Row]()
    for record in await connection.fetch(
        "select message_id, recipient, delivered_to, status, attempt_count, reason_message, sender, envelope_sender,"
        " subject from smtp_activity"
    ):
        row = Row(*record)
        like = answers.get(row[:3])
        if like is not None and like.answer is not None and row.answer is not None and like.answer in row.answer:
            row = row._replace(answer=like.answer)
        if like is not None and row.subject and like.subject.startswith(row.subject[:60]):
            row = row._replace(subject=like.subject)
        found.add(row)
    return found


@asynccontextmanager
async def followed(database_url: str, log: Path, directory: Path) -> AsyncIterator[None]:
    """The command, as an operator runs it; it stops cleanly."""
    follow: list[Any] = ["ingest", "postfix", "--follow", log, "--time-zone", "UTC", "--year", utc_now().year]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "from cli.main import main; main()",
        *map(str, follow),
        env=os.environ | {"DATABASE_URL": database_url, "SMTP_ACTIVITY_DATA_DIRECTORY": str(directory)},
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield
        process.send_signal(signal.SIGTERM)
        _, told = await process.communicate()
        assert (process.returncode, b"left out" in told) == (0, False), told
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


@pytest.mark.parametrize("long_queue_ids", [True, False], ids=["long queue ids", "short queue ids"])
async def test_every_recipient_is_what_the_remote_server_did(
    connection: asyncpg.Connection, database_url: str, tmp_path: Path, long_queue_ids: bool
) -> None:
    await connection.execute(
        "insert into account (id, external_id, name, time_zone) overriding system value values (1, 'n', 'N', 'UTC')"
    )
    await connection.execute("insert into smtp_credential values ($1, 1)", USER)
    lines = "".join(f"{alias} {', '.join(final)}\n" for alias, final in aliases().items())
    async with (
        RemoteServer().listening() as remote,
        running_relay(remote.port, long_queue_ids=long_queue_ids, aliases=lines) as relay,
        followed(database_url, relay.log, tmp_path),
    ):
        refused = await asyncio.to_thread(send_all, relay, relay.telling_port, 0)
        # A log that has not been read is not looked for under another name.
        await become(connection, "select count(*) from ingest_source", value=1)
        await asyncio.to_thread(relay.rotate)
        refused |= await asyncio.to_thread(send_all, relay, relay.quiet_port, len(MESSAGES))
        for _ in range(ENOUGH_SECONDS * 10):
            wanted = expected(remote, refused)
            found = await actual(connection, wanted)
            if found == wanted:
                break
            await asyncio.sleep(0.1)
        assert sorted(found - wanted) == sorted(wanted - found)
    assert len(refused) == 2
    assert {row.status for row in found} == {"DELIVERED", "HARD_BOUNCE", "SOFT_BOUNCE", "REJECTED"}
