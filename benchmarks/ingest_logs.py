"""Measures `smtp-activity ingest postfix` on generated logs: read for the first time, and again with nothing new."""

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from mail_log import write_log

_COMMAND = Path(sys.executable).parent / "smtp-activity"


class Reading(NamedTuple):
    """What one run of the command took: seconds on the wall, and CPU seconds of the command without PostgreSQL's."""

    seconds: float
    cpu_seconds: float


def read(log: Path) -> Reading:
    """Run the command on a log; its failure ends the benchmark."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([_COMMAND, "ingest", "postfix", log], check=True, stdout=subprocess.DEVNULL)  # noqa: S603  # Ours.
    took, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return Reading(took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def main() -> None:
    """Measure, into the database that the environment names (as for the command itself)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--user-name", required=True, help="SMTP user name of the account that the mail belongs to")
    parser.add_argument("--messages", type=int, default=20_000, help="in each log")
    parser.add_argument("--logs", type=int, default=3)
    given = parser.parse_args()
    readings: dict[str, list[tuple[int, int, Reading]]] = {"new": [], "read again": []}
    with tempfile.TemporaryDirectory() as directory:
        for seed in range(given.logs):
            log = Path(directory) / f"mail.log.{seed}"
            lines, recipients = write_log(
                log, messages=given.messages, seed=seed, user_name=given.user_name, end=datetime.now(UTC)
            )
            for kind, measured in readings.items():
                measured.append((lines, recipients if kind == "new" else 0, read(log)))
    print("| log | lines | lines/s | new rows/s | CPU µs a line |\n|---|---|---|---|---|")
    for kind, measured in readings.items():
        lines_a_second = statistics.median(lines / took.seconds for lines, _, took in measured)
        rows_a_second = statistics.median(rows / took.seconds for _, rows, took in measured)
        cpu = statistics.median(took.cpu_seconds / lines * 1e6 for lines, _, took in measured)
        print(f"| {kind} | {measured[0][0]:,} | {lines_a_second:,.0f} | {rows_a_second:,.0f} | {cpu:.0f} |")


if __name__ == "__main__":
    main()
