"""The recorded log as the journal would hold it, and a `journalctl` that shows such entries.

The command is a stub: the tests' machines have no journal. What it is asked and what it writes is journalctl(1)'s.
"""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

_LINE = re.compile(r"Nov 23 (\S+) (\S+) (\S+)\[(\d+)\]: (.*)").fullmatch
_JOURNALCTL = """#!/bin/sh
echo "$*" >> "{entries}.asked"
after=0
mode=
for argument; do
    case $argument in
        --follow) mode=-f ;;
        --after-cursor=s=1*) after=${{argument#--after-cursor=s=1;i=}} ;;
    esac
done
exec tail -n +$((after + 1)) $mode "{entries}"
"""


def entry(number: int, line: str) -> bytes:
    """A line of the log as the entry with that number."""
    match = _LINE(line)
    assert match is not None
    time, host, program, pid, message = match.groups()
    instant = datetime.fromisoformat(f"2026-11-23T{time}.654321").replace(tzinfo=UTC)
    fields = {
        "__CURSOR": f"s=1;i={number}",
        "__REALTIME_TIMESTAMP": str(int(instant.timestamp() * 1_000_000)),
        "_HOSTNAME": host,
        "SYSLOG_IDENTIFIER": program,
        "SYSLOG_PID": pid,
        "_PID": "1",
        # What is no text is written as its bytes.
        "MESSAGE": list(message.encode()) if number % 7 == 0 else message,
    }
    return json.dumps(fields).encode() + b"\n"


def entries(log: Path) -> list[bytes]:
    """All lines of a recorded log."""
    return [entry(number, line) for number, line in enumerate(log.read_text().splitlines(), start=1)]


def make_journalctl(directory: Path, shown: Path) -> None:
    """A command that shows the entries of a file."""
    script = directory / "journalctl"
    script.write_text(_JOURNALCTL.format(entries=shown))
    script.chmod(0o755)
