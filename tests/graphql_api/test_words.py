"""What a status and a reason mean, as a client asks for it: in English unless it wants French."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import asyncpg
import httpx
import pytest
from starlette.applications import Starlette

from graphql_api.app import create_app
from graphql_api.settings import Settings
from models.clock import Clock
from models.explanation import OF_REASON, OF_STATUS
from models.reason import ReasonCategory
from models.status import Status
from tests.graphql_api.conftest import AccountIds, Asker, Tokens
from tests.graphql_api.rows import insert_activity, insert_event
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


@pytest.fixture
async def own_rules(settings: Settings, tmp_path: Path, clock: Clock) -> AsyncIterator[Starlette]:
    """The application with rules of the operator's own: of two answers it knows, one is explained in French only."""
    file = tmp_path / "rules.toml"
    file.write_text(
        "[[rule]]\npattern = 'paused'\ncategory = 'CANCELLED'\nen = 'Ask us.'\nfr = 'Demandez.'\n"
        "[[rule]]\npattern = 'listed'\ncategory = 'BLOCKLISTED'\nfr = 'Notre liste.'\n"
    )
    app = create_app(settings.model_copy(update={"reason_rules_file": file}), clock=clock)
    async with app.router.lifespan_context(app):
        yield app


EXPLAINED = "en: explanation fr: explanation(language: FR)"


@pytest.mark.parametrize(
    ("category", "answer", "en", "fr"),
    [
        ("CANCELLED", "550 Sending Paused", "Ask us.", "Demandez."),
        ("BLOCKLISTED", "550 Listed here", OF_REASON[ReasonCategory.BLOCKLISTED].en, "Notre liste."),
        ("MAILBOX_FULL", "552 Full", *OF_REASON[ReasonCategory.MAILBOX_FULL]),
        # Not yet read again.
        ("OTHER", "550 Sending Paused", *OF_REASON[ReasonCategory.OTHER]),
        (None, None, *OF_REASON[ReasonCategory.OTHER]),
    ],
)
async def test_the_operators_own_words_explain_the_answers_that_the_rules_know(
    own_rules: Starlette,
    connection: asyncpg.Connection,
    accounts: AccountIds,
    tokens: Tokens,
    now: datetime,
    category: str | None,
    answer: str | None,
    en: str,
    fr: str,
) -> None:
    reason = {"reason_category": category, "smtp_code": 550}
    id_ = await insert_activity(connection, accounts.northwind, now, status="REJECTED", reason_message=answer, **reason)
    await insert_event(connection, accounts.northwind, id_, now, "REJECTED", response=answer, **reason)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(own_rules), base_url="http://service") as client:
        asker = Asker(client, tokens.issue())
        (shown,) = await nodes(asker, f"reason {{ {EXPLAINED} }} events {{ reason {{ {EXPLAINED} }} }}")
    words = {"reason": {"en": en, "fr": fr}}
    assert shown == words | {"events": [words]}
