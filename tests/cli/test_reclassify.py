"""`smtp-activity reclassify`: stored answers, read again by newer rules."""

from datetime import timedelta
from pathlib import Path

import asyncpg

from database.reclassify import Reclassified, reclassify
from models.classifier import BUILT_IN
from models.reason_rules import CLASSIFIER_VERSION
from tests.cli.commands import Commands
from tests.conftest import NOW
from tests.graphql_api.rows import insert_account, insert_activity

FULL = {"status": "HARD_BOUNCE", "reason_message": "552 5.2.2 Mailbox full", "smtp_code": 552, "enhanced_code": "5.2.2"}
CATEGORIES = "select reason_category, classifier_version, count(*) from smtp_activity group by 1, 2 order by 1"
NOTHING = "0 activities read again, 0 changed; 0 events changed.\n"


async def insert_event(connection: asyncpg.Connection, account_id: int, activity: object, category: str | None) -> None:
    await connection.execute(
        "insert into smtp_event values ($1, $2, $3, 'HARD_BOUNCE', 1, null, $4, 552, '5.2.2', $5, true, false, true)",
        account_id,
        activity,
        NOW,
        FULL["reason_message"],
        category,
    )


async def test_answers_that_older_rules_read_are_read_again_once(
    commands: Commands, connection: asyncpg.Connection
) -> None:
    account = await insert_account(connection, "northwind", "UTC", None)
    for number in range(3):
        sent_at = NOW - timedelta(minutes=number)
        id_ = await insert_activity(connection, account, sent_at, reason_category="OTHER", **FULL)
        await insert_event(connection, account, id_, "OTHER")
    await insert_activity(connection, account, NOW)
    assert await commands.output("reclassify") == "3 activities read again, 3 changed; 3 events changed.\n"
    assert [tuple(row) for row in await connection.fetch(CATEGORIES)] == [
        ("MAILBOX_FULL", CLASSIFIER_VERSION, 3),
        (None, 1, 1),
    ]
    assert await connection.fetchval("select array_agg(distinct reason_category) from smtp_event") == ["MAILBOX_FULL"]
    assert await commands.output("reclassify") == NOTHING


async def test_an_old_event_of_a_new_activity_is_read_again(commands: Commands, connection: asyncpg.Connection) -> None:
    account = await insert_account(connection, "northwind", "UTC", None)
    id_ = await insert_activity(
        connection, account, NOW, reason_category="MAILBOX_FULL", classifier_version=CLASSIFIER_VERSION, **FULL
    )
    await insert_event(connection, account, id_, "OTHER")
    assert await commands.output("reclassify") == "0 activities read again, 0 changed; 1 events changed.\n"


async def test_every_batch_takes_up_where_the_last_one_ended(connection: asyncpg.Connection) -> None:
    account = await insert_account(connection, "northwind", "UTC", None)
    for number in range(5):
        sent_at = NOW - timedelta(minutes=number)
        id_ = await insert_activity(connection, account, sent_at, reason_category="OTHER", **FULL)
        await insert_event(connection, account, id_, "OTHER")
    assert await reclassify(connection, BUILT_IN, batch_size=2) == Reclassified(5, 5, 5)
    assert await reclassify(connection, BUILT_IN, batch_size=2) == Reclassified(0, 0, 0)


def rule(pattern: str, category: str, en: str = "Ask us.") -> str:
    return f"[[rule]]\npattern = '{pattern}'\ncategory = '{category}'\nen = '{en}'\n"


async def test_rules_of_ones_own_are_followed_whenever_their_file_changed(
    commands: Commands, connection: asyncpg.Connection, tmp_path: Path
) -> None:
    account = await insert_account(connection, "northwind", "UTC", None)
    id_ = await insert_activity(
        connection, account, NOW, reason_category="MAILBOX_FULL", classifier_version=CLASSIFIER_VERSION, **FULL
    )
    await insert_event(connection, account, id_, "MAILBOX_FULL")
    file = tmp_path / "rules.toml"
    commands.environment["SMTP_ACTIVITY_REASON_RULES_FILE"] = str(file)
    changed, same = "1 activities read again, 1 changed; 1 events changed.\n", "1 activities read again, 0 changed; 0 "
    categories = "select a.reason_category, e.reason_category from smtp_activity a cross join smtp_event e"
    for content, output, category in (
        (rule("mailbox full", "CANCELLED"), changed, "CANCELLED"),
        (rule("mailbox full", "CANCELLED"), NOTHING, "CANCELLED"),
        (rule("mailbox full", "CANCELLED", "Write to us."), NOTHING, "CANCELLED"),
        (rule("mailbox full", "OTHER"), changed, "OTHER"),
        (rule("mailbox full", "OTHER") + rule("never said", "CANCELLED"), same + "events changed.\n", "OTHER"),
        (rule("mailbox full", "CANCELLED"), changed, "CANCELLED"),
        ("", changed, "MAILBOX_FULL"),
        ("", NOTHING, "MAILBOX_FULL"),
    ):
        file.write_text(content)
        assert await commands.output("reclassify") == output
        assert [tuple(row) for row in await connection.fetch(categories)] == [(category, category)]


async def test_what_stays_the_same_is_not_written(commands: Commands, connection: asyncpg.Connection) -> None:
    account = await insert_account(connection, "northwind", "UTC", None)
    id_ = await insert_activity(connection, account, NOW, reason_category="MAILBOX_FULL", **FULL)
    await insert_event(connection, account, id_, "MAILBOX_FULL")
    await insert_activity(connection, account, NOW)
    versions = (
        "select array_agg(xmin::text order by xmin::text::bigint) from (select xmin from smtp_activity union all select"
        " xmin from smtp_event) as row"
    )
    await commands.output("reclassify")
    before = await connection.fetchval(versions)
    assert await commands.output("reclassify") == NOTHING
    assert await connection.fetchval(versions) == before
