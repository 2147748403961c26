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


async def copy_again(connection: asyncpg.Connection, directory: Path) -> tuple[int, float]:
    """Take all rows out and COPY them in again; answers how many they are, and the seconds of COPY."""
    rows, files = 0, {table: directory / table for table in _TABLES}
    for table, file in files.items():
        rows += _count(await connection.copy_from_query(f"select * from {table}", output=file, format="binary"))  # noqa: S608  # Ours.
    await connection.execute(f"truncate {', '.join(_TABLES)}")
    began = time.perf_counter()
    async with connection.transaction():
        for table, file in files.items():
            await connection.copy_to_table(table, source=file, format="binary")
    return rows, time.perf_counter() - began


async def compare(database: str, user_name: str, messages: int, rounds: int) -> None:
    """Each round: a log is read into empty tables; then its rows are taken out, and in again by COPY."""
    connection = await asyncpg.connect(database)
    ratios = []
    print("| recipients | rows | ingest rows/s | COPY rows/s | ingest / COPY |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as directory:
        for seed in range(rounds):
            # What the tables hold is the same for both: nothing.
            await connection.execute(f"truncate {', '.join(_TABLES)}, relay_message")
            log = Path(directory) / "mail.log"
            _, recipients = write_log(log, messages=messages, seed=seed, user_name=user_name, end=datetime.now(UTC))
            took = await asyncio.to_thread(read, log)
            rows, seconds = await copy_again(connection, Path(directory))
            ratios.append(seconds / took.seconds)
            print(
                f"| {recipients:,} | {rows:,} | {rows / took.seconds:,.0f} | {rows / seconds:,.0f} | {ratios[-1]:.2f} |"
            )
    print(f"\nMedian of {rounds}: {statistics.median(ratios):.2f} of COPY.")
    await connection.close()


def _count(tag: str) -> int:
    return int(tag.rpartition(" ")[2])


def main() -> None:
    """Measure in the database that `--database` and the environment name."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", required=True, help="of a role that may truncate")
    parser.add_argument("--user-name", required=True, help="SMTP user name of the account that the mail belongs to")
    parser.add_argument("--messages", type=int, default=20_000, help="in each log")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    asyncio.run(compare(given.database, given.user_name, given.messages, given.rounds))


if __name__ == "__main__":
    main()
