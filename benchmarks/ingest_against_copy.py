"""Compares `smtp-activity ingest postfix` with COPY of the same rows into the same tables, in turns.

COPY is the most that PostgreSQL could do with these tables and indexes: nothing is parsed, looked up or merged.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
from ingest_logs import read
from mail_log import write_log

_TABLES = ("smtp_event", "smtp_activity")
# Each writes some 350 MB of WAL. Begun after a checkpoint, neither has one on its way, whose turn is every 540 MB.
_CHECKPOINT = "checkpoint"


async def copy_again(connection: asyncpg.Connection, directory: Path) -> tuple[int, float]:
    """Take all rows out and COPY them in again; answers how many they are, and the seconds of COPY."""
    rows, files = 0, {table: directory / table for table in _TABLES}
    for table, file in files.items():
        rows += _count(await connection.copy_from_query(f"select * from {table}", output=file, format="binary"))  # noqa: S608  # Ours.
    await connection.execute(f"truncate {', '.join(_TABLES)}")
    await connection.execute(_CHECKPOINT)
    began = time.perf_counter()
    async with connection.transaction():
        for table, file in files.items():
            await connection.copy_to_table(table, source=file, format="binary")
    return rows, time.perf_counter() - began


async def compare(database: str, user_name: str, messages: int, rounds: int) -> None:
    """Each round: a log is read into empty tables; then its rows are taken out, and in again by COPY.

    The command's start, which a log of one line shows, is told apart: it is the same for any log.
    """
    connection = await asyncpg.connect(database)
    ratios = []
    print("| recipients | rows | start | ingest rows/s | without the start | COPY rows/s | ingest / COPY | without |")
    print("|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as directory:
        for seed in range(rounds):
            # What the tables hold is the same for both: nothing.
            await connection.execute(f"truncate {', '.join(_TABLES)}, relay_message")
            log = Path(directory) / "mail.log"
            _, recipients = write_log(log, messages=messages, seed=seed, user_name=user_name, end=datetime.now(UTC))
            first_line = Path(directory) / "first.log"
            first_line.write_bytes(log.open("rb").readline())
            await connection.execute(_CHECKPOINT)
            start = (await asyncio.to_thread(read, first_line)).seconds
            took = (await asyncio.to_thread(read, log)).seconds
            rows, seconds = await copy_again(connection, Path(directory))
            ratios.append((seconds / took, seconds / (took - start)))
            print(
                f"| {recipients:,} | {rows:,} | {start:.2f} s | {rows / took:,.0f} | {rows / (took - start):,.0f} |"
                f" {rows / seconds:,.0f} | {ratios[-1][0]:.2f} | {ratios[-1][1]:.2f} |",
                flush=True,
            )
    whole, without = (statistics.median(each) for each in zip(*ratios, strict=True))
    print(f"\nMedian of {rounds}: {whole:.2f} of COPY, {without:.2f} without the start.")
    await connection.close()


def _count(tag: str) -> int:
    return int(tag.rpartition(" ")[2])


def main() -> None:
    """Measure in the database that `--database` and the environment name."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", required=True, help="of a role that may truncate and checkpoint")
    parser.add_argument("--user-name", required=True, help="SMTP user name of the account that the mail belongs to")
    parser.add_argument("--messages", type=int, default=60_000, help="in each log")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    asyncio.run(compare(given.database, given.user_name, given.messages, given.rounds))


if __name__ == "__main__":
    main()
