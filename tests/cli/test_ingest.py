"""The commands `ingest postfix` and `unattributed list`."""

import gzip
from io import StringIO
from pathlib import Path

import asyncpg
import pytest
from rich.console import Console

from cli import postfix_logs
from tests.cli.commands import Commands

LOG = b"".join(
    b"Nov 23 18:45:%d relay1 postfix/%s\n" % line
    for line in (
        (
            19,
            b"smtpd[1]: 4jYFHg1B4dzK9Bh: client=localhost[127.0.0.1], sasl_username=northwind@relay1",
        ),
        (19, b"qmgr[2]: 4jYFHg1B4dzK9Bh: from=<b@northwind.example>, size=616, nrcpt=1 (queue active)"),
        (
            20,
            b"smtp[3]: 4jYFHg1B4dzK9Bh: to=<ana@ok.test>, relay=mx[192.0.2.1]:25, delay=1, delays=0/0/0/1, dsn=2.0.0,"
            b" status=sent (250 Ok)",
        ),
        (
            21,
            b"smtpd[1]: NOQUEUE: reject: RCPT from localhost[127.0.0.1]: 550 5.7.1 <x@stranger.test>: Sender address"
            b" rejected: no; from=<x@stranger.test> to=<bob@ok.test> proto=ESMTP helo=<h>",
        ),
    )
)
DATED = ("--year", "2026", "--time-zone", "UTC")
NOQUEUE_ONLY = LOG.splitlines(keepends=True)[3]


def written(path: Path, content: bytes = LOG) -> Path:
    path.write_bytes(content)
    return path


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return written(tmp_path / "mail.log")


async def test_a_log_is_read_and_summed_up_in_one_line(northwind: Commands, log: Path) -> None:
    summary = await northwind.output("ingest", "postfix", str(log), *DATED)
    assert summary == "4 lines, 5 events, 1 new row, 0 changed rows, 0 waiting, 1 unattributed, 0 unreadable\n"
    again = await northwind.output("ingest", "postfix", str(log), *DATED)
    assert again == "4 lines, 5 events, 0 new rows, 0 changed rows, 0 waiting, 1 unattributed, 0 unreadable\n"


async def test_year_and_zone_are_learned_from_a_long_queue_id(
    northwind: Commands, log: Path, connection: asyncpg.Connection
) -> None:
    await northwind.output("ingest", "postfix", str(log))
    moved = await connection.fetchval("select status_changed_at - sent_at from smtp_activity")
    assert moved.total_seconds() == 1


async def test_a_log_whose_dates_nothing_places_is_refused(northwind: Commands, tmp_path: Path) -> None:
    path = written(tmp_path / "mail.log", NOQUEUE_ONLY)
    message = await northwind.failure("ingest", "postfix", str(path))
    assert "--year" in message
    assert "--time-zone" in message
    assert message.count("\n") == 1


async def test_compressed_logs_and_standard_input_are_read(northwind: Commands, tmp_path: Path) -> None:
    path = written(tmp_path / "mail.log.1.gz", gzip.compress(LOG))
    summary = await northwind.output("ingest", "postfix", str(path), "-", *DATED, given=NOQUEUE_ONLY)
    assert summary.startswith("5 lines, 6 events, 1 new row,")


async def test_unreadable_lines_are_told_with_file_line_and_reason(northwind: Commands, log: Path) -> None:
    written(log, b"what is this\n" + LOG)
    result = await northwind.run("ingest", "postfix", str(log))
    assert result.stderr == f"{log}:1: The line is not one of syslog.\n"
    assert result.stdout.endswith("1 unreadable\n")


async def test_an_absent_file_and_an_unknown_zone_are_named(northwind: Commands, tmp_path: Path) -> None:
    absent = tmp_path / "absent.log"
    assert await northwind.failure("ingest", "postfix", str(absent)) == f"{absent}: No such file or directory.\n"
    assert "Europe/Paris" in await northwind.misuse("ingest", "postfix", str(absent), "--time-zone", "Europe/Pari")


async def test_a_log_that_another_process_reads_is_left_to_it(
    northwind: Commands, log: Path, connection: asyncpg.Connection
) -> None:
    lock = "select pg_advisory_lock(hashtext('ingest source'), hashtext($1))"
    await connection.execute(lock, str(log))
    message = await northwind.failure("ingest", "postfix", str(log))
    assert message == f"{log}: another process reads it at the moment; wait for it to end.\n"


async def test_refusals_are_attributed_by_domain_where_the_client_is_trusted(northwind: Commands, log: Path) -> None:
    northwind.environment["SMTP_ACTIVITY_TRUSTED_NETWORKS"] = '["127.0.0.0/8"]'
    await northwind.output("domain", "add", "stranger.test", "--account", "northwind")
    summary = await northwind.output("ingest", "postfix", str(log))
    assert "2 new rows" in summary
    assert "0 unattributed" in summary


async def test_own_rules_of_reasons_are_tried_first(
    northwind: Commands, log: Path, tmp_path: Path, connection: asyncpg.Connection
) -> None:
    rules = written(tmp_path / "rules.toml", b"[[rule]]\npattern = 'sender address'\ncategory = 'QUOTA_REACHED'\n")
    northwind.environment["SMTP_ACTIVITY_REASON_RULES_FILE"] = str(rules)
    northwind.environment["SMTP_ACTIVITY_TRUSTED_NETWORKS"] = '["127.0.0.0/8"]'
    await northwind.output("domain", "add", "stranger.test", "--account", "northwind")
    await northwind.output("ingest", "postfix", str(log))
    categories = "select reason_category from smtp_activity where status = 'REJECTED'"
    assert [tuple(row) for row in await connection.fetch(categories)] == [("QUOTA_REACHED",)]


async def test_unattributed_events_are_listed_by_sender(northwind: Commands, log: Path) -> None:
    await northwind.output("ingest", "postfix", str(log))
    assert await northwind.output("unattributed", "list") == (
        "user name\tsender's domain\tevents\tfirst\tlast\n"
        "-\tstranger.test\t1\t2026-11-23T18:45:21+00:00\t2026-11-23T18:45:21+00:00\n"
    )


async def test_a_terminal_sees_how_far_the_reading_is(
    northwind: Commands, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = StringIO()
    monkeypatch.setattr(postfix_logs, "_console", lambda: Console(force_terminal=True, file=terminal, width=500))
    await northwind.output("ingest", "postfix", str(log))
    assert "mail.log" in terminal.getvalue()


LISTED = (
    b'{"queue_name":"active","queue_id":"4jYFHg1B4dzK9Bh","arrival_time":1795459519,"message_size":616,'
    b'"forced_expire":false,"sender":"b@northwind.example","recipients":[{"address":"eve@ok.test"}]}\n'
)


async def test_the_queue_is_read_from_a_listing_and_from_the_command(
    northwind: Commands, log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await northwind.output("ingest", "postfix", str(log))
    summary = await northwind.output("ingest", "postqueue", "-", "--relay", "relay1", given=LISTED)
    assert summary.startswith("1 line, 2 events, 1 new row,")
    command = written(tmp_path / "postqueue", b"#!/bin/sh\ncat <<'EOF'\n" + LISTED + b"EOF\n")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    summary = await northwind.output("ingest", "postqueue", "--relay", "relay1")
    assert summary.startswith("1 line, 2 events, 0 new rows, 0 changed rows,")
    assert "\nqueue of relay1\t" in await northwind.output("ingest", "status")


async def test_the_queue_beside_a_log_is_for_following(northwind: Commands, log: Path) -> None:
    assert "--queue and --machine need --follow" in await northwind.misuse("ingest", "postfix", str(log), "--queue")
