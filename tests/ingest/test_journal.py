"""systemd's journal: its entries as JSON, from a file and from journalctl."""

import json
import time
from pathlib import Path

import asyncpg
import pytest
from msgspec.structs import replace

from database.store import Store
from ingest.errors import UnreadableFile, UnreadableLine
from ingest.journal_line import read_journal_line
from ingest.journal_tail import JournalTail
from ingest.log_tail import BEGINNING, Place
from ingest.syslog import SyslogLine
from tests.ingest.journal_entries import entries, make_journalctl
from tests.ingest.test_recorded_logs import QUEUED, everything, read, store

__all__ = ["store"]  # a fixture

FIELDS: dict[str, object] = {
    "__REALTIME_TIMESTAMP": "1795459519999999",
    "_HOSTNAME": "relay1",
    "SYSLOG_IDENTIFIER": "postfix/smtpd",
    "_PID": "325",
    "MESSAGE": "connect from localhost[127.0.0.1]",
}


def written(**fields: object) -> bytes:
    return json.dumps(FIELDS | fields).encode() + b"\n"


def test_an_entry_reads_as_the_line_that_syslog_would_have_made_of_it() -> None:
    expected = SyslogLine(
        "2026-11-23T18:45:19+00:00", "relay1", "postfix/smtpd", "325", "connect from localhost[127.0.0.1]"
    )
    assert read_journal_line(written()) == expected
    assert read_journal_line(written(SYSLOG_PID="7")).pid == "7"
    assert read_journal_line(written(_HOSTNAME=["relay2", "relay3"])).host == "relay2"
    assert read_journal_line(written(SYSLOG_IDENTIFIER=None, _PID=None)) == replace(expected, program="", pid="")


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ([195, 169, 255, 0, 32], "é\ufffd\ufffd"),
        ([[195, 169], "second"], "é"),
        (["first", "second"], "first"),
        ([], ""),
    ],
)
def test_a_message_may_be_bytes_and_there_may_be_several(message: object, text: str) -> None:
    assert read_journal_line(written(MESSAGE=message)).text == text


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b'{"MESSAGE": "no time"}\n', "__REALTIME_TIMESTAMP"),
        (b"{\n", "none of the journal's"),
        (written(__REALTIME_TIMESTAMP="soon"), "none of the journal's"),
        (written(__REALTIME_TIMESTAMP="9" * 30), "none of the journal's"),
        (written(__REALTIME_TIMESTAMP=1795459519999999), "Expected `str`"),
        (written(MESSAGE=None), "too long to be shown without --all"),
        (written(MESSAGE={"a": 1}), "MESSAGE"),
        (written(MESSAGE=[1, 256]), "no byte"),
    ],
)
def test_an_entry_that_is_none_says_why(line: bytes, said: str) -> None:
    with pytest.raises(UnreadableLine, match=said):
        read_journal_line(line)


async def test_a_file_of_entries_comes_to_the_same_as_syslogs(
    store: Store, connection: asyncpg.Connection, tmp_path: Path
) -> None:
    await read(store, QUEUED)
    before = await everything(connection)
    shown = tmp_path / "journal.json"
    shown.write_bytes(b"".join(entries(QUEUED)))
    tally = await read(store, shown)
    assert (tally.new_rows, tally.changed_rows, tally.unreadable) == (0, 0, 0)
    assert await everything(connection) == before


@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the journal holds: a file, to which may be added."""
    shown = tmp_path / "journal.json"
    make_journalctl(tmp_path, shown)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    return shown


def test_the_journal_is_read_to_its_end_and_on_from_a_cursor(journal: Path) -> None:
    lines = entries(QUEUED)
    journal.write_bytes(b"".join(lines[:5]))
    tail = JournalTail(follow=False)
    assert tail.lines(3) == lines[:3]
    assert tail.place == Place("s=1;i=3", sum(map(len, lines[:3])))
    assert tail.lines(3) == lines[3:5]
    assert tail.lines(3) == []
    tail.close()
    journal.write_bytes(b"".join(lines[:7]))
    later = JournalTail(tail.place, follow=False)
    assert later.lines(3) == lines[5:7]
    later.close()
    first, second = journal.with_name("journal.json.asked").read_text().splitlines()
    assert first == (
        "--output=json --all --no-pager --quiet"
        " --output-fields=MESSAGE,SYSLOG_IDENTIFIER,SYSLOG_PID,_PID,_HOSTNAME"
        " --unit=postfix.service --unit=postfix@*.service"
    )
    assert second == f"{first} --after-cursor=s=1;i=5"


def arrived(tail: JournalTail) -> list[bytes]:
    """The next lines that come."""
    for _ in range(1_000):
        if lines := tail.lines(100):
            return lines
        time.sleep(0.01)
    raise TimeoutError


def test_the_journal_is_followed_without_waiting(journal: Path) -> None:
    lines = entries(QUEUED)
    journal.write_bytes(lines[0] + lines[1][:20])
    tail = JournalTail(follow=True)
    assert arrived(tail) == [lines[0]]
    assert tail.lines(100) == []
    with journal.open("ab") as file:
        file.write(lines[1][20:] + b"no entry\n")
    came: list[bytes] = []
    while len(came) < 2:
        came += arrived(tail)
    assert came == [lines[1], b"no entry\n"]
    assert tail.place.fingerprint == "s=1;i=2"
    tail.close()
    asked = journal.with_name("journal.json.asked").read_text()
    assert asked.endswith(" --follow --no-tail\n")


def test_a_journalctl_that_ends_says_why(journal: Path) -> None:
    tail = JournalTail(follow=False)
    with pytest.raises(UnreadableFile, match="journalctl ended: tail: "):
        tail.lines(1)
    tail.close()
    journal.with_name("journalctl").write_text("#!/bin/sh\nexit 3\n")
    tail = JournalTail(follow=False)
    with pytest.raises(UnreadableFile, match="exit code 3"):
        tail.lines(1)
    tail.close()


def test_a_machine_without_journalctl_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    tail = JournalTail(follow=True)
    with pytest.raises(UnreadableFile, match="journalctl: No such file or directory"):
        tail.lines(1)
    assert tail.place == BEGINNING
    tail.close()
