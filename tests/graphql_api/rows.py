"""Rows as ingest would have left them, written by SQL."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import asyncpg

from models.activity_id import activity_id
from models.projection import answer_hash
from models.search_text import search_text

SENT_AT_STEP = timedelta(minutes=1)
_ID_KEY = b"tests"

_numbers = count(1)


async def insert_account(
    connection: asyncpg.Connection, external_id: str, time_zone: str, plan_until: datetime | None
) -> int:
    """An account; its id."""
    account_id: int = await connection.fetchval(
        "insert into account (external_id, name, time_zone, smtp_plan_active_until) values ($1, $2, $3, $4)"
        " returning id",
        external_id,
        external_id.title(),
        time_zone,
        plan_until,
    )
    return account_id


async def insert_activity(connection: asyncpg.Connection, account_id: int, sent_at: datetime, **columns: Any) -> UUID:
    """A delivered activity, unless the columns say otherwise; its id."""
    number = next(_numbers)
    row: dict[str, Any] = {
        "account_id": account_id,
        "sent_at": sent_at,
        "status": "DELIVERED",
        "status_changed_at": sent_at,
        "recipient": f"recipient{number}@example.com",
        "delivered_to": None,
        "sender": "shop@northwind.example",
        "envelope_sender": "bounces@northwind.example",
        "subject": f"Order {number}",
        "message_key": f"message {number}",
        "queue_id": None,
        "message_id": None,
        "relay": "relay1.example.net",
        "credential": None,
        "attempt_count": 1,
        "reason_category": None,
        "reason_message": None,
        "smtp_code": None,
        "enhanced_code": None,
        "classifier_version": 1,
    } | columns
    row["id"] = activity_id(_ID_KEY, account_id, row["message_key"], sent_at, row["recipient"], row["delivered_to"])
    texts = ("recipient", "delivered_to", "sender", "envelope_sender", "subject")
    row["search_text"] = search_text(**{name: row[name] for name in texts})
    await _insert(connection, "smtp_activity", row)
    return UUID(str(row["id"]))


async def insert_activities(connection: asyncpg.Connection, account_id: int, newest: datetime, number: int) -> None:
    """So many activities, a minute between two."""
    for place in range(number):
        await insert_activity(connection, account_id, newest - place * SENT_AT_STEP)


async def insert_event(
    connection: asyncpg.Connection,
    account_id: int,
    activity_id: UUID,
    occurred_at: datetime,
    status: str,
    **columns: Any,
) -> None:
    """An event of an activity; told from others of the same second by its answer."""
    answer = (columns.get("remote_host"), columns.get("response"))
    row: dict[str, Any] = {
        "account_id": account_id,
        "activity_id": activity_id,
        "occurred_at": occurred_at,
        "status": status,
        "answer_hash": answer_hash(*answer),
        "attempted": True,
        "out_of_band": False,
        "tied": True,
    } | columns
    await _insert(connection, "smtp_event", row)


async def _insert(connection: asyncpg.Connection, table: str, row: dict[str, Any]) -> None:
    parameters = ", ".join(f"${number}" for number in range(1, len(row) + 1))
    await connection.execute(
        f"insert into {table} ({', '.join(row)}) values ({parameters})",  # noqa: S608 - names of this file
        *row.values(),
    )
