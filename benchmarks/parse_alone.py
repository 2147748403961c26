"""Measures the reading of Postfix's lines alone, on one core: no database, no file. Imports the project."""

import argparse
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from mail_log import write_log

from ingest.postfix import PostfixParser
from ingest.syslog import SyslogClock


def main() -> None:
    """Measure, and print a line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=12_000)
    parser.add_argument("--rounds", type=int, default=9)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        log = Path(directory) / "mail.log"
        write_log(log, messages=given.messages, seed=1, user_name="bench@relay1.example.net", end=datetime.now(UTC))
        lines = log.read_bytes().splitlines(keepends=True)
    rates = []
    for _ in range(given.rounds):
        parse, began = PostfixParser(SyslogClock()).parse, time.process_time()
        for line in lines:
            parse(line)
        rates.append(len(lines) / (time.process_time() - began))
    print(f"{statistics.median(rates):,.0f} lines/s of CPU (median of {given.rounds}; {min(rates):,.0f} at least).")


if __name__ == "__main__":
    main()
