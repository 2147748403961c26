"""Activities as the store would have left them, and what a filter means on them without any SQL."""

import random
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from auth.viewer import ReadableAccount
from database.cursor import Direction
from database.filters import ActivityFilter, AddressCondition, AnyOf, Contains, Domain, Equals, bind_filter
from database.page import Page, PageRequest, read_page
from database.partitions import ensure_months, months_between
from database.period import Instants
from database.pool import Pools
from models.activity_id import activity_id
from models.activity_row import ActivityRow
from models.search_text import fold, search_text
from models.status import Status
from tests.conftest import NOW

ACCOUNT, NEIGHBOUR = ReadableAccount(1), ReadableAccount(2)
MONTREAL = ZoneInfo("America/Toronto")
EVER = Instants(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))

RECIPIENTS = [
    "Zoé@Example.com",
    "zoe@example.com",
    "max_power@mx1.test",
    "100%@mx1.test",
    '"a@b"@mx1.test',
    "root",
    "a\\b@c",
]
SENDERS = ["news@northwind.example", "Réservation@hôtel.example", "zoe@example.com", ""]
SUBJECTS = [
    "Réservation confirmée",
    "RESERVATION",
    "50% off",
    "50 off",
    "snake_case",
    "tab\there",
    "news\nzoe",
    "",
    None,
]


def activity(
    sent_at: datetime,
    *,
    key: str,
    account_id: int = 1,
    status: Status = Status.DELIVERED,
    recipient: str = "ana@ok.test",
    delivered_to: str | None = None,
    sender: str = "news@northwind.example",
    envelope_sender: str = "bounces@northwind.example",
    subject: str | None = "Order",
    queue_id: str | None = None,
    message_id: str | None = None,
) -> ActivityRow:
    """A row; `key` tells its message from others."""
    return ActivityRow(
        account_id=account_id,
        id=activity_id(b"tests", account_id, key, sent_at, recipient, delivered_to),
        sent_at=sent_at,
        status=status,
        status_changed_at=sent_at,
        recipient=recipient,
        delivered_to=delivered_to,
        sender=sender,
        envelope_sender=envelope_sender,
        subject=subject,
        message_key=key,
        queue_id=queue_id,
        message_id=message_id,
        relay="relay1",
        credential=None,
        attempt_count=1,
        reason_category=None,
        reason_message=None,
        smtp_code=None,
        enhanced_code=None,
        classifier_version=1,
        search_text=search_text(
            recipient=recipient,
            delivered_to=delivered_to,
            sender=sender,
            envelope_sender=envelope_sender,
            subject=subject,
        ),
    )


async def record(connection: asyncpg.Connection, rows: Iterable[ActivityRow]) -> None:
    """Write rows, and make the months that they need."""
    rows = list(rows)
    times = [row.sent_at for row in rows]
    await ensure_months(connection, months_between(min(times), max(times)))
    await connection.copy_records_to_table("smtp_activity", records=rows, columns=ActivityRow._fields)


def fulfils(row: ActivityRow, asked: ActivityFilter) -> bool:
    """Whether a row fulfils all conditions of a filter but the period."""
    texts = [row.recipient, row.delivered_to, row.sender, row.envelope_sender, row.subject]
    return all(
        (
            asked.status is None or row.status in asked.status,
            asked.recipient is None or _holds(asked.recipient, row.recipient, row.delivered_to),
            asked.sender is None or _holds(asked.sender, row.sender, row.envelope_sender),
            asked.subject is None or _holds(asked.subject, row.subject),
            asked.search is None or _holds(Contains(asked.search), *texts),
            asked.message_id is None or row.message_id == asked.message_id.strip("<>"),
            asked.queue_id is None or row.queue_id == asked.queue_id,
        )
    )


def _holds(condition: AddressCondition, *values: str | None) -> bool:
    folded = [fold(value or "") for value in values]
    match condition:
        case Equals(text):
            return fold(text) in folded
        case AnyOf(texts):
            return any(fold(text) in folded for text in texts)
        case Contains(text):
            return any(fold(text) in value for value in folded)
        case Domain(text):
            return any(value.partition("@")[1] and value.split("@")[-1] == fold(text) for value in folded)


def invented(seed: int, number: int) -> list[ActivityRow]:
    """Rows of two accounts in three months, several of one second."""
    rng = random.Random(seed)  # noqa: S311 - rows, no secrets
    return [
        activity(
            NOW - timedelta(days=rng.randrange(0, 60, 4), seconds=rng.randrange(3)),
            key=str(key),
            account_id=rng.choice([ACCOUNT, ACCOUNT, NEIGHBOUR]),
            status=rng.choice(list(Status)),
            recipient=rng.choice(RECIPIENTS),
            delivered_to=rng.choice([None, None, *RECIPIENTS]),
            sender=rng.choice(SENDERS),
            envelope_sender=rng.choice(SENDERS),
            subject=rng.choice(SUBJECTS),
            queue_id=rng.choice([None, "4fA", "4fB"]),
            message_id=rng.choice([None, "1@a", "2@a"]),
        )
        for key in range(number)
    ]


def listed(
    rows: Sequence[ActivityRow], asked: ActivityFilter, direction: Direction, account: ReadableAccount = ACCOUNT
) -> list[UUID]:
    """What a filter lists, without any SQL but for the period's range of ids (see test_period)."""
    ids = bind_filter(asked, now=NOW, time_zone=MONTREAL).ids
    found = [
        row.id
        for row in rows
        if row.account_id == account
        and ids.first <= row.id
        and (not ids.end or row.id < ids.end)
        and fulfils(row, asked)
    ]
    return sorted(found, reverse=direction is Direction.DESC)


ROWS = invented(1, 130)


async def page_of(
    pools: Pools, request: PageRequest, asked: ActivityFilter, account: ReadableAccount = ACCOUNT
) -> Page:
    """The page, now and in Montréal."""
    return await read_page(pools, account, asked, request, now=NOW, time_zone=MONTREAL)


def ids_of(page: Page) -> list[UUID]:
    """The rows' ids in their order."""
    return [row["id"] for row in page.rows]
