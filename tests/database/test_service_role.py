"""The service's role: it may do what the service and ingest do, and no more."""

import os
import re
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime

import asyncpg
import pytest

from database.classifier_version import classifier_with
from database.erasing import ErasedRows, Eraser
from database.errors import DatabaseUnusable
from database.migrate import grant_service, migrate
from database.partitions import ensure_months
from database.pool import connect
from database.server_check import check_server
from models.activity import SmtpActivity
from models.activity_id import first_id_at
from models.classifier import BUILT_IN
from models.own_rules import OwnRule, OwnRules
from models.reason import ReasonCategory
from tests.conftest import NOW, as_role
from tests.database.test_constraints import ACTIVITY, add

ROLE = f"smtp activity service {os.getpid()}"
OWN_RULES = OwnRules((OwnRule(re.compile("paused"), ReasonCategory.CANCELLED, {}),))
STRANGER = f"smtp_activity_stranger_{os.getpid()}"


@pytest.fixture
async def roles(connection: asyncpg.Connection) -> AsyncIterator[None]:
    """The service's role, with a name that needs quoting, and one that was granted nothing."""
    for role in (ROLE, STRANGER):
        await connection.execute(f"create role \"{role}\" login password 'pw'")
    try:
        yield
    finally:
        for role in (ROLE, STRANGER):
            await connection.execute(f'drop owned by "{role}"; drop role "{role}"')


@pytest.fixture
async def service(database_url: str, connection: asyncpg.Connection, roles: None) -> AsyncIterator[asyncpg.Connection]:
    """A connection of the service's role."""
    await grant_service(connection, ROLE)
    service = await connect(as_role(ROLE, database_url))
    try:
        yield service
    finally:
        await service.close()


async def test_it_may_read_and_ingest(service: asyncpg.Connection) -> None:
    await check_server(service)
    assert len(await service.fetchval("select id_key from installation")) == 32
    # What ingest does with a batch: stage, merge, change, remove.
    async with service.transaction():
        await service.execute("create temp table staged (like smtp_activity) on commit drop")
        await service.execute("insert into account (external_id, name, time_zone) values ('a', 'A', 'UTC')")
        await add(service, SmtpActivity, ACTIVITY)
        await service.execute("update smtp_activity set attempt_count = 2")
        await service.execute("insert into ingest_source values ('f', 'h', 1, 0, null, now())")
        await service.execute("delete from relay_message")
        await classifier_with(service, OWN_RULES)
    assert await service.fetchval("select attempt_count from smtp_activity") == 2


async def test_it_may_add_a_month_and_write_into_it(service: asyncpg.Connection) -> None:
    await ensure_months(service, [date(1971, 3, 1)])
    in_march_1971 = first_id_at(datetime(1971, 3, 31, 23, 59, 59, tzinfo=UTC))
    await add(service, SmtpActivity, ACTIVITY | {"id": in_march_1971})
    assert await service.fetchval("select count(*) from smtp_activity where id = $1", in_march_1971) == 1
    await service.execute("select smtp_activity_drop_month('1971-03-01')")
    assert await service.fetchval("select count(*) from smtp_activity") == 0


async def test_it_may_erase_an_address(service: asyncpg.Connection) -> None:
    await add(service, SmtpActivity, ACTIVITY)
    eraser = await Eraser.open(service, BUILT_IN)
    erased = await eraser.erase(1, "ana@ok.test", pseudonymise=False, now=NOW)
    assert erased == ErasedRows(activities_removed=1)
    assert await eraser.erase_again(NOW) == ErasedRows()


async def test_it_may_issue_and_revoke_tokens(service: asyncpg.Connection) -> None:
    await service.execute("insert into account (external_id, name, time_zone) values ('a', 'A', 'UTC')")
    await service.execute(
        "insert into access_token (id, account_id, name, permissions, created_at, expires_at)"
        " values (gen_random_uuid(), 1, 'CI', array['ACCESS_SMTP_ACTIVITIES'], now(), now())"
    )
    await service.execute("update access_token set last_used_at = now(), revoked_at = now()")
    await service.execute("insert into token_revocation values ('host', 'alice', now())")
    await service.execute("update token_revocation set issued_before = now()")
    assert await service.fetchval("select count(*) from access_token where revoked_at is not null") == 1


@pytest.mark.parametrize(
    "statement",
    [
        "create table mine (id int)",
        "create schema mine",
        "create view mine as select 1",
        "create sequence mine",
        "create type mine as enum ('a')",
        "create function mine() returns int language sql return 1",
        "create extension pg_buffercache",
        "create publication mine",
        "create database mine",
        # The server's files, programs and libraries.
        "copy account to program 'true'",
        "copy account from '/etc/passwd'",
        "copy account to '/tmp/accounts'",
        "select pg_read_file('postgresql.conf')",
        "select pg_ls_dir('.')",
        "select lo_import('/etc/passwd')",
        "load 'auto_explain'",
        "alter system set log_statement = 'all'",
        # Passwords, and other roles.
        "select from pg_authid",
        "select from pg_shadow",
        "alter role current_user superuser",
        "set session authorization pg_monitor",
        "drop table parked_event",
        "alter table account add column more text",
        "alter table smtp_activity detach partition smtp_activity_2026_11",
        "truncate smtp_activity",
        "create index on smtp_activity (recipient)",
        "update installation set id_key = sha256('known')",
        "update alembic_version set version_num = '9999'",
        # Rows are reached through the parent; the part itself is nobody's.
        "select from smtp_activity_2026_11",
        "drop function smtp_activity_add_month(date)",
        "create role more",
        # What was issued or revoked cannot be taken back, made to last longer or removed.
        "update access_token set expires_at = 'infinity'",
        "update access_token set account_id = 1",
        "delete from access_token",
        "delete from token_revocation",
        "update token_revocation set subject = 'nobody'",
    ],
)
async def test_it_may_not(service: asyncpg.Connection, statement: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await service.execute(statement)


async def test_it_may_not_become_the_tables_owner(service: asyncpg.Connection, connection: asyncpg.Connection) -> None:
    owner = await connection.fetchval("select quote_ident(current_user)")
    for statement in (f"set role {owner}", f"set session authorization {owner}", f"grant {owner} to current_user"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await service.execute(statement)


async def test_nobody_else_may_add_or_drop_months(database_url: str, roles: None) -> None:
    stranger = await connect(as_role(STRANGER, database_url))
    try:
        for function in ("smtp_activity_add_month", "smtp_activity_drop_month"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await stranger.execute(f"select {function}('2026-11-01')")
        with pytest.raises(DatabaseUnusable, match="--service-role"):
            await check_server(stranger)
    finally:
        await stranger.close()


async def test_migrate_grants_the_role_that_it_is_given(database_url: str, roles: None) -> None:
    await migrate(database_url, now=NOW, service_role=ROLE)
    service = await connect(as_role(ROLE, database_url))
    try:
        await check_server(service)
    finally:
        await service.close()


async def test_a_role_that_does_not_exist_is_named(connection: asyncpg.Connection) -> None:
    with pytest.raises(DatabaseUnusable, match='no role "no one": run `create role "no one" login`'):
        await grant_service(connection, "no one")
