"""Activities as the store would have left them, and what a filter means on them without any SQL."""

import random
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from auth.viewer import ReadableAccount
from database.cursor import Direction
from database.filters import ActivityFilter, AddressCondition, AnyOf, Contains, Domain, Equals, Exclusion
from database.page import Page, PageRequest, read_page
from database.partitions import ensure_months, months_between
from database.period import Days, Instants, LastDays, Period, id_range
from database.pool import Pools
from models.activity_id import IdRange, activity_id
from models.activity_row import ActivityRow
from models.reason import ReasonCategory
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


REASONS = [ReasonCategory.INVALID_ADDRESS, ReasonCategory.OTHER, ReasonCategory.MAILBOX_FULL]


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
    status_changed_at: datetime | None = None,
    credential: str | None = None,
    reason_category: str | None = None,
) -> ActivityRow:
    """A row; `key` tells its message from others."""
    return ActivityRow(
        account_id=account_id,
        id=activity_id(b"tests", account_id, key, sent_at, recipient, delivered_to),
        sent_at=sent_at,
        status=status,
        status_changed_at=status_changed_at or sent_at,
        recipient=recipient,
        delivered_to=delivered_to,
        sender=sender,
        envelope_sender=envelope_sender,
        subject=subject,
        message_key=key,
        queue_id=queue_id,
        message_id=message_id,
        relay="relay1",
        credential=credential,
        attempt_count=1,
        reason_category=reason_category,
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
    """Whether a row fulfils all conditions of a filter but those that other rows and clocks decide: see `listed`."""
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
            asked.credential is None or row.credential in asked.credential,
            asked.reason_category is None or shown_reason(row) in asked.reason_category,
            not _is_excluded(row, asked.exclude),
        )
    )


def _is_excluded(row: ActivityRow, exclude: Exclusion) -> bool:
    return any(
        (
            exclude.status is not None and row.status in exclude.status,
            exclude.recipient is not None and _holds(exclude.recipient, row.recipient, row.delivered_to),
            exclude.sender is not None and _holds(exclude.sender, row.sender, row.envelope_sender),
            exclude.subject is not None and _holds(exclude.subject, row.subject),
            exclude.reason_category is not None and shown_reason(row) in exclude.reason_category,
        )
    )


def shown_reason(row: ActivityRow) -> str | None:
    """The category as people see it: one that carries a reason but no category has one that cannot be told."""
    if not Status(row.status).carries_reason:
        return None
    return row.reason_category or ReasonCategory.OTHER


def changed_within(row: ActivityRow, period: Period | None) -> bool:
    """Whether the status changed within the period."""
    match period:
        case None:
            return True
        case LastDays(days):
            return row.status_changed_at >= NOW - timedelta(days=days)
        case Days(first, last):
            return first <= row.status_changed_at.astimezone(MONTREAL).date() <= last
        case Instants(start, end):
            return start <= row.status_changed_at < end


def message_of(row: ActivityRow) -> tuple[int, str, datetime]:
    """What the recipients of one message have in common."""
    return row.account_id, row.message_key, row.sent_at


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
    """Rows of two accounts in three months, several of one second, some of one message."""
    rng = random.Random(seed)  # noqa: S311 - rows, no secrets
    rows: dict[UUID, ActivityRow] = {}
    key = 0
    while len(rows) < number:
        key += 1
        sent_at = NOW - timedelta(days=rng.randrange(0, 60, 4), seconds=rng.randrange(3))
        account_id = rng.choice([ACCOUNT, ACCOUNT, NEIGHBOUR])
        for _ in range(min(rng.choice([1, 1, 3]), number - len(rows))):
            row = _invented_recipient(rng, str(key), account_id, sent_at)
            rows[row.id] = row
    return list(rows.values())


def _invented_recipient(rng: random.Random, key: str, account_id: int, sent_at: datetime) -> ActivityRow:
    status = rng.choice(list(Status))
    return activity(
        sent_at,
        key=key,
        account_id=account_id,
        status=status,
        recipient=rng.choice(RECIPIENTS),
        delivered_to=rng.choice([None, None, *RECIPIENTS]),
        sender=rng.choice(SENDERS),
        envelope_sender=rng.choice(SENDERS),
        subject=rng.choice(SUBJECTS),
        queue_id=rng.choice([None, "4fA", "4fB"]),
        message_id=rng.choice([None, "1@a", "2@a"]),
        status_changed_at=sent_at + timedelta(hours=rng.choice([0, 5, 30]), microseconds=rng.choice([0, 1])),
        credential=rng.choice([None, "Shop", "shop", "50%"]),
        reason_category=rng.choice([None, *REASONS]) if status.carries_reason else None,
    )


def listed(
    rows: Sequence[ActivityRow], asked: ActivityFilter, direction: Direction, account: ReadableAccount = ACCOUNT
) -> list[UUID]:
    """What a filter lists, without any SQL but for the period's range of ids (see test_period)."""
    ids = id_range(asked.period, now=NOW, time_zone=MONTREAL)
    that = None
    if asked.same_message_as is not None:
        that = next((row for row in rows if (row.account_id, row.id) == (account, asked.same_message_as)), None)
        if that is None:
            return []
        ids = IdRange(UUID(int=0), None)
    found = [
        row.id
        for row in rows
        if row.account_id == account
        and ids.first <= row.id
        and (not ids.end or row.id < ids.end)
        and (that is None or message_of(row) == message_of(that))
        and changed_within(row, asked.status_changed)
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
    return [UUID(row["id"]) for row in page.rows]
