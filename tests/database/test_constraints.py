"""What the tables themselves refuse, whoever writes."""

import asyncpg
import pytest
from sqlalchemy import insert

from database.statement import compile_statement
from models.activity import SmtpActivity
from models.activity_id import first_id_at
from models.smtp_event import SmtpEvent
from tests.conftest import NOW

ACTIVITY = {
    "account_id": 1,
    "id": first_id_at(NOW),
    "sent_at": NOW,
    "status": "DELIVERED",
    "status_changed_at": NOW,
    "recipient": "ana@ok.test",
    "sender": "news@northwind.example",
    "envelope_sender": "bounces@northwind.example",
    "message_key": "key",
    "relay": "relay1",
    "attempt_count": 1,
    "classifier_version": 1,
    "search_text": "\tana@ok.test\t\n\tnews@northwind.example\tbounces@northwind.example\t\n",
}
EVENT = {
    "account_id": 1,
    "activity_id": first_id_at(NOW),
    "occurred_at": NOW,
    "status": "DELIVERED",
    "answer_hash": 1,
    "attempted": True,
    "out_of_band": False,
    "tied": True,
}


async def add(connection: asyncpg.Connection, table: type[SmtpActivity | SmtpEvent], row: dict[str, object]) -> None:
    statement = compile_statement(insert(table).values(row))
    await connection.execute(statement.sql, *statement.arguments({}))


async def test_a_delivered_recipient_needs_no_reason(connection: asyncpg.Connection) -> None:
    await add(connection, SmtpActivity, ACTIVITY)
    assert await connection.fetchval("select count(*) from smtp_activity where reason_category is null") == 1


async def test_a_deferred_recipient_may_have_a_reason(connection: asyncpg.Connection) -> None:
    await add(connection, SmtpActivity, ACTIVITY | {"status": "DEFERRED", "reason_category": "MAILBOX_FULL"})
    assert await connection.fetchval("select reason_category from smtp_activity") == "MAILBOX_FULL"


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"status": "OPENED"}, "smtp_activity_status_is_known"),
        ({"status": "DELIVERED", "reason_category": "OTHER"}, "smtp_activity_reason_belongs_to_status"),
        ({"search_text": "\tana@ok.test\t\nsubject"}, "smtp_activity_search_text_has_three_lines"),
        ({"search_text": "\tana@ok.test\t\n\tb\t\nsubject\n"}, "smtp_activity_search_text_has_three_lines"),
        ({"attempt_count": -1}, "smtp_activity_attempt_count_is_not_negative"),
    ],
)
async def test_an_activity_that_cannot_be_is_refused(
    connection: asyncpg.Connection, changes: dict[str, object], constraint: str
) -> None:
    with pytest.raises(asyncpg.CheckViolationError) as refusal:
        await add(connection, SmtpActivity, ACTIVITY | changes)
    assert refusal.value.constraint_name == constraint


async def test_an_event_of_an_unknown_status_is_refused(connection: asyncpg.Connection) -> None:
    await add(connection, SmtpEvent, EVENT)
    with pytest.raises(asyncpg.CheckViolationError, match="smtp_event_status_is_known"):
        await add(connection, SmtpEvent, EVENT | {"status": "OPENED"})


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        (
            "insert into account (external_id, name, time_zone, retention_days) values ('a', 'A', 'UTC', 0)",
            "account_retention_is_positive",
        ),
        ("insert into sending_domain values ('Acme.example', 1)", "sending_domain_is_lower_case"),
        ("insert into ingest_source values ('f', 'h', -1, 0, null, now())", "ingest_source_position_is_not_negative"),
        ("insert into installation values (2, sha256('x'), now())", "installation_has_one_row"),
        ("update installation set id_key = 'short'", "installation_key_has_32_bytes"),
        ("insert into classifier_version values (1, 'digest')", "classifier_version_is_negative"),
    ],
)
async def test_what_cannot_be_is_refused(connection: asyncpg.Connection, statement: str, constraint: str) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match=constraint):
        await connection.execute(statement)


@pytest.mark.parametrize("permissions", [[], ["MANAGE_ACCESS_TOKENS"], ["ACCESS_SMTP_ACTIVITIES", "anything"]])
async def test_an_access_token_holds_what_can_be_granted(
    connection: asyncpg.Connection, permissions: list[str]
) -> None:
    await connection.execute("insert into account (external_id, name, time_zone) values ('a', 'A', 'UTC')")
    with pytest.raises(asyncpg.CheckViolationError, match="access_token_permissions_are_grantable"):
        await connection.execute(
            "insert into access_token (id, account_id, name, permissions, created_at, expires_at)"
            " values (gen_random_uuid(), 1, 'CI', $1, now(), now())",
            permissions,
        )
