"""What a status and a reason mean, as a client asks for it: in English unless it wants French."""

from datetime import datetime

import asyncpg
import pytest

from models.explanation import OF_REASON, OF_STATUS
from models.reason import ReasonCategory
from models.status import Status
from tests.graphql_api.conftest import AccountIds, Asker
from tests.graphql_api.rows import insert_activity
from tests.graphql_api.test_activities import nodes

LANGUAGES = "default: {0} null: {0}(language: null) en: {0}(language: EN) fr: {0}(language: FR)"


@pytest.mark.parametrize("status", Status)
async def test_a_status_is_explained_in_the_language_asked_for(
    connection: asyncpg.Connection, accounts: AccountIds, regular: Asker, now: datetime, status: Status
) -> None:
    await insert_activity(connection, accounts.northwind, now, status=status)
    en, fr = OF_STATUS[status]
    assert await nodes(regular, LANGUAGES.format("statusExplanation")) == [
        {"default": en, "null": en, "en": en, "fr": fr}
    ]


@pytest.mark.parametrize("category", ReasonCategory)
async def test_a_reason_is_explained_in_the_language_asked_for(
    connection: asyncpg.Connection, accounts: AccountIds, regular: Asker, now: datetime, category: ReasonCategory
) -> None:
    await insert_activity(connection, accounts.northwind, now, status="HARD_BOUNCE", reason_category=category)
    en, fr = OF_REASON[category]
    assert await nodes(regular, f"reason {{ {LANGUAGES.format('explanation')} }}") == [
        {"reason": {"default": en, "null": en, "en": en, "fr": fr}}
    ]


@pytest.mark.parametrize(
    ("category", "responsibility"),
    [
        ("INVALID_ADDRESS", "RECIPIENT"),
        ("MAILBOX_FULL", "RECIPIENT"),
        ("QUOTA_REACHED", "SENDER"),
        ("AUTHENTICATION_FAILED", "SENDER"),
        ("BLOCKLISTED", "RELAY"),
        ("CONNECTION_FAILED", "RECIPIENT_SERVER"),
        ("OTHER", "UNKNOWN"),
        (None, "UNKNOWN"),
    ],
)
async def test_somebody_can_do_something_about_it(
    connection: asyncpg.Connection,
    accounts: AccountIds,
    regular: Asker,
    now: datetime,
    category: str | None,
    responsibility: str,
) -> None:
    await insert_activity(connection, accounts.northwind, now, status="DEFERRED", reason_category=category)
    assert await nodes(regular, "reason { responsibility }") == [{"reason": {"responsibility": responsibility}}]
