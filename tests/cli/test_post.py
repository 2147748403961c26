"""`ingest … --follow --post`: a relay without a database, a service elsewhere, and either killed at any moment."""

import asyncio
import multiprocessing
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, timedelta
from pathlib import Path
from random import Random

import asyncpg
import httpx
import pytest

from auth.keys import signing_key
from auth.permissions import Permission, Role
from auth.tokens import issue_token
from cli.post import Posting, post
from cli.postfix_sources import PostfixLogs
from graphql_api.settings import Settings
from ingest.spool import open_spool
from models.clock import utc_now
from tests.cli.commands import Commands
from tests.cli.following import QUEUED, everything, follower, following, forget, make_accounts, read_lines
from tests.cli.test_serve import STARTS_WITHIN, free_port

LOG = QUEUED.read_bytes()
LINES = len(LOG.splitlines())
KILLS_OF_THE_RELAY, KILLS_OF_THE_SERVICE = 8, 2
SEED = 7
MUCH = 10**9
COMPARED = ("smtp_activity", "smtp_event")


def post_until_killed(log: Path, spool: Path, url: str, token: str) -> None:
    """What a process of its own does, in small steps: a kill shall hit between many."""

    async def run() -> None:
        sources = PostfixLogs([str(log)], year=2026, time_zone=UTC).to_follow()
        with open_spool(spool, MUCH) as opened:
            posting = Posting(opened, sources, lines_per_batch=3, seconds_between_looks=0.01)
            await post(posting, url, token, asyncio.Event())

    asyncio.run(run())


@asynccontextmanager
async def serving(database_url: str, directory: Path, port: int) -> AsyncIterator[asyncio.subprocess.Process]:
    """The service, as soon as it answers; killed in the end."""
    settings = {
        "DATABASE_URL": database_url,
        "SMTP_ACTIVITY_DATA_DIRECTORY": str(directory),
        "SMTP_ACTIVITY_POST_EVENTS": "true",
        # The recorded log grows older.
        "SMTP_ACTIVITY_RETENTION_DAYS": "36500",
        "SMTP_ACTIVITY_TRUSTED_NETWORKS": '["127.0.0.1/32"]',
    }
    command = ("-c", "from cli.main import main; main()", "serve", "--port", str(port))
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, env=os.environ | settings, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        async with httpx.AsyncClient() as client:
            for _ in range(STARTS_WITHIN * 10):
                assert process.returncode is None
                try:
                    assert (await client.get(f"http://127.0.0.1:{port}/readyz")).text == "ready\n"
                    break
                except httpx.TransportError:
                    await asyncio.sleep(0.1)
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def operators_token(database_url: str, directory: Path) -> str:
    settings = Settings.model_validate({"DATABASE_URL": database_url, "data_directory": directory})
    return issue_token(
        signing_key(settings.load_token_keys()),
        settings.token_dialect,
        subject="relay1",
        account=None,
        role=Role.CUSTOM,
        permissions=frozenset({Permission.RECORD_SMTP_EVENTS}),
        now=utc_now(),
        lifetime=timedelta(hours=1),
    )


async def rows(connection: asyncpg.Connection) -> list[tuple[str, ...]]:
    return [row for row in await everything(connection) if row[0] in COMPARED]


async def posted(spool: Path) -> None:
    """Wait until all of the log has been posted."""
    known = spool / "positions.json"
    while True:
        if known.exists() and f'"position":{len(LOG)}' in known.read_text():
            return
        await asyncio.sleep(0.05)


async def test_killed_at_any_moment_each_end_goes_on_and_every_recipient_is_there_once(
    connection: asyncpg.Connection, database_url: str, tmp_path: Path
) -> None:
    log, spool, port = tmp_path / "mail.log", tmp_path / "spool", free_port()
    await make_accounts(connection)
    log.write_bytes(LOG)
    async with following(follower(database_url, log, lines_per_batch=5_000)):
        await read_lines(connection, log, LINES)
    expected = await rows(connection)
    await forget(connection)
    token, url = operators_token(database_url, tmp_path), f"http://127.0.0.1:{port}/ingest/events"
    random = Random(SEED)  # noqa: S311  # Repeatable, not secret.
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["tests.cli.test_post"])
    relay = processes.Process(target=post_until_killed, args=(log, spool, url, token))
    relay.start()  # Before there is a service.
    try:
        for _ in range(KILLS_OF_THE_SERVICE + 1):
            async with serving(database_url, tmp_path, port):
                for _ in range(KILLS_OF_THE_RELAY // KILLS_OF_THE_SERVICE):
                    await asyncio.sleep(random.uniform(0.1, 0.4))
                    relay.kill()
                    await asyncio.to_thread(relay.join)
                    assert relay.exitcode == -signal.SIGKILL
                    relay = processes.Process(target=post_until_killed, args=(log, spool, url, token))
                    relay.start()
        async with serving(database_url, tmp_path, port):
            await asyncio.wait_for(posted(spool), 120)
    finally:
        relay.kill()
        await asyncio.to_thread(relay.join)
    assert await rows(connection) == expected
    assert not (spool / "refused.ndjson").exists()


async def test_what_is_missing_or_unsafe_is_told(commands: Commands, tmp_path: Path) -> None:
    log, url = str(tmp_path / "mail.log"), "https://activity.example/ingest/events"
    follow = ("ingest", "postfix", "--follow", log)
    assert "--post needs --follow" in await commands.misuse("ingest", "postfix", log, "--post", url)
    assert "SMTP_ACTIVITY_POST_TOKEN_FILE" in await commands.failure(*follow, "--post", url)
    commands.environment["SMTP_ACTIVITY_POST_TOKEN_FILE"] = str(tmp_path / "token")
    assert "cannot be read: No such file" in await commands.failure(*follow, "--post", url)
    (tmp_path / "token").write_text("a.b.c\n")
    for address in ("http://activity.example/ingest/events", "activity.example", "ftp://localhost/"):
        assert "must be https" in await commands.misuse(*follow, "--post", address)
    with open_spool(tmp_path / "spool", MUCH):
        busy = await commands.failure(*follow, "--post", url, "--spool", str(tmp_path / "spool"))
    assert busy.startswith("Another process uses this spool")


@pytest.mark.parametrize("adapter", ["postfix", "kumomta"])
async def test_a_relay_needs_no_database(commands: Commands, tmp_path: Path, adapter: str) -> None:
    """What it cannot post waits in the spool, and it stops cleanly."""
    log = tmp_path / "20261123-180000"
    log.write_bytes(LOG if adapter == "postfix" else b"{}\n")
    command = ("-c", "from cli.main import main; main()", "ingest", adapter, "--follow", str(log))
    address = f"http://127.0.0.1:{free_port()}/ingest/events"
    dated = ("--year", "2026", "--time-zone", "UTC") if adapter == "postfix" else ()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *(*command, "--post", address, "--spool", str(tmp_path / "spool"), *dated),
        env=os.environ | {"DATABASE_URL": "postgresql://nowhere.invalid/", "SMTP_ACTIVITY_POST_TOKEN": "a.b.c"},
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        while not (tmp_path / "spool/00000000000000000001.events").exists():
            assert process.returncode is None
            await asyncio.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        _, said = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()
    assert (process.returncode, b"stopped" in said, b"a.b.c" in said) == (0, True, False)
