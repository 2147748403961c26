"""What is said of a role that may do more than the service needs."""

import os
from collections.abc import AsyncIterator

import asyncpg
import pytest

from database.migrate import grant_service
from database.pool import connect
from database.role_check import excess_of_role
from tests.conftest import as_role

ROLE = f"smtp_activity_weighed_{os.getpid()}"


@pytest.fixture
async def role(connection: asyncpg.Connection) -> AsyncIterator[str]:
    """A role with what `migrate` grants."""
    await connection.execute(f"create role {ROLE} login password 'pw'")
    try:
        await grant_service(connection, ROLE)
        yield ROLE
    finally:
        await connection.execute(f"drop owned by {ROLE}; drop role {ROLE}")


async def excess(database_url: str) -> tuple[str, ...]:
    connection = await connect(as_role(ROLE, database_url))
    try:
        return await excess_of_role(connection)
    finally:
        await connection.close()


@pytest.mark.usefixtures("role")
async def test_what_migrate_grants_is_not_too_much(database_url: str) -> None:
    assert await excess(database_url) == ()


@pytest.mark.usefixtures("role")
@pytest.mark.parametrize(
    ("grant", "words"),
    [
        ("alter role {role} superuser", "do everything: it is a superuser"),
        ("alter role {role} createrole", "manage roles, databases or replication"),
        ("alter role {role} createdb", "manage roles, databases or replication"),
        ("alter role {role} replication", "manage roles, databases or replication"),
        ("alter role {role} bypassrls", "manage roles, databases or replication"),
        ("grant create on schema public to {role}", "create objects"),
        ("grant pg_execute_server_program to {role}", "reach other tables or the server's files"),
        ("grant pg_read_server_files to {role}", "reach other tables or the server's files"),
        ("grant pg_write_all_data to {role}", "reach other tables or the server's files"),
    ],
)
async def test_what_is_too_much_is_named(
    database_url: str, connection: asyncpg.Connection, grant: str, words: str
) -> None:
    await connection.execute(grant.format(role=ROLE))
    assert await excess(database_url) == (words,)


async def test_the_tables_owner_may_too_much(role: str, database_url: str, connection: asyncpg.Connection) -> None:
    owner = await connection.fetchval("select current_user")
    await connection.execute(f"alter table smtp_activity owner to {role}")
    try:
        assert await excess(database_url) == ("own the tables",)
    finally:
        await connection.execute(f'alter table smtp_activity owner to "{owner}"')
