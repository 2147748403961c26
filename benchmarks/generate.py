"""Fills one account of a benchmark's database with generated activities up to now, by COPY.

It speaks to the database from outside and knows no room: the account has to be there (`smtp-activity account create`).
"""

import argparse
import asyncio
import random
import time
import unicodedata
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

# A word that stands in just this many subjects, however many rows there are.
RARE_WORD, RARE_ROWS = "Zanzibar", 9

_COLUMNS = (
    "account_id", "id", "sent_at", "status", "status_changed_at", "recipient", "delivered_to", "sender",
    "envelope_sender", "subject", "message_key", "queue_id", "message_id", "relay", "credential", "attempt_count",
    "reason_category", "reason_message", "smtp_code", "enhanced_code", "classifier_version", "search_text",
)  # fmt: skip
_FIRST_NAMES = ("anna", "bob", "chloe", "david", "emma", "felix", "hugo", "ines", "jan", "lea", "marc", "nora", "zoe")
_LAST_NAMES = ("roy", "martin", "tremblay", "dubois", "singh", "garcia", "novak", "meyer", "rossi", "tanaka", "olsen")
_SUBJECTS = (
    "Réservation confirmée",
    "Votre reçu",
    "Password reset",
    "Invoice",
    "Newsletter",
    "Order shipped",
    "Rappel",
)
_REASONS = {
    "REJECTED": ("INVALID_ADDRESS", 550, "5.1.2", "Recipient address rejected: Domain not found"),
    "DEFERRED": ("RATE_LIMITED", 450, "4.2.0", "Recipient address rejected: Greylisted"),
    "SOFT_BOUNCE": ("MAILBOX_FULL", 452, "4.2.2", "The mailbox is over its quota"),
    "HARD_BOUNCE": ("INVALID_ADDRESS", 550, "5.1.1", "User unknown"),
}
_STATUSES = {
    "DELIVERED": 880, "HARD_BOUNCE": 40, "SOFT_BOUNCE": 30, "DEFERRED": 20, "REJECTED": 20, "ACCEPTED": 5, "PENDING": 5,
}  # fmt: skip
_ROWS_PER_COPY = 20_000


def activities(seed: int, account_id: int, count: int, start: datetime, end: datetime) -> Iterator[tuple[Any, ...]]:
    """Rows in the columns' order, oldest first, spread evenly from `start` to `end`."""
    rng = random.Random(seed)  # noqa: S311  # Rows to measure with, no secrets.
    rare = set(rng.sample(range(count), min(RARE_ROWS, count)))
    seconds = sorted(rng.randrange(int((end - start).total_seconds())) for _ in range(count))
    statuses = rng.choices(list(_STATUSES), weights=list(_STATUSES.values()), k=count)
    for number, (second, status) in enumerate(zip(seconds, statuses, strict=True)):
        sent_at = start + timedelta(seconds=second)
        recipient = (
            f"{rng.choice(_FIRST_NAMES)}.{rng.choice(_LAST_NAMES)}{rng.randrange(50_000)}@mx{rng.randrange(400)}.test"
        )
        sender, envelope_sender = f"news{rng.randrange(5)}@bench.example", f"bounce+{number}@bench.example"
        subject = f"{rng.choice(_SUBJECTS)} {RARE_WORD if number in rare else ''} {rng.randrange(100_000)}"
        category, smtp_code, enhanced_code, message = _REASONS.get(status, (None, None, None, None))
        yield (
            account_id, _id(sent_at, rng), sent_at, status, sent_at + timedelta(seconds=rng.randrange(1, 90)),
            recipient, None, sender, envelope_sender, subject, f"bench {number}", f"{number:X}",
            f"{number}@bench.example", "relay1", "bench@relay1.example.net", 0 if status == "REJECTED" else 1,
            category, message, smtp_code, enhanced_code, 1,
            f"\t{recipient}\t\n\t{sender}\t{envelope_sender}\t\n{_fold(subject)}",
        )  # fmt: skip


def _id(sent_at: datetime, rng: random.Random) -> UUID:
    """48 bits of milliseconds, version 8, variant 10, and random bits where the service has its hashes."""
    milliseconds = int(sent_at.timestamp()) * 1000
    return UUID(int=milliseconds << 80 | 0x8 << 76 | rng.getrandbits(12) << 64 | 0b10 << 62 | rng.getrandbits(62))


def _fold(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(character for character in decomposed if not unicodedata.combining(character)).casefold()


async def fill(url: str, account: str, count: int, days: int, seed: int) -> None:
    """COPY the rows and let PostgreSQL take its statistics."""
    end = datetime.now(UTC).replace(microsecond=0)
    start = end - timedelta(days=days)
    connection = await asyncpg.connect(url)
    account_id = await connection.fetchval("select id from account where external_id = $1", account)
    if account_id is None:
        raise SystemExit(f"There is no account {account}: smtp-activity account create")
    for month in sorted({date(day.year, day.month, 1) for day in (start + timedelta(n) for n in range(days + 1))}):
        await connection.execute("select smtp_activity_add_month($1)", month)
    began = time.perf_counter()
    rows = list(activities(seed, account_id, count, start, end))
    generated = time.perf_counter()
    for first in range(0, count, _ROWS_PER_COPY):
        await connection.copy_records_to_table(
            "smtp_activity", records=rows[first : first + _ROWS_PER_COPY], columns=_COLUMNS
        )
    copied = time.perf_counter()
    await connection.execute("vacuum (analyze) smtp_activity")
    await connection.close()
    print(
        f"{count} activities in {account}: generated in {generated - began:.1f} s, copied in {copied - generated:.1f} s"
    )


def main() -> None:
    """Fill what the arguments name."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", required=True, help="URL, as the role that owns the tables")
    parser.add_argument("--account", default="bench", help="external id")
    parser.add_argument("--activities", type=int, default=200_000)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    asyncio.run(fill(given.database, given.account, given.activities, given.days, given.seed))


if __name__ == "__main__":
    main()
