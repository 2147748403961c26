"""What is said of a server or a database that cannot carry the service."""

import asyncpg
import pytest

from database.errors import DatabaseUnusable
from database.migrate import migrate, run_migrations
from database.pool import connect
from database.server_check import SCHEMA_REVISION, check_server, refuse_old_version
from tests.conftest import NOW, as_role, new_database


async def refusal_of(url: str) -> str:
    connection = await connect(url)
    try:
        return await refusal_on(connection)
    finally:
        await connection.close()


async def refusal_on(connection: asyncpg.Connection) -> str:
    with pytest.raises(DatabaseUnusable) as refusal:
        await check_server(connection)
    assert "\n" not in str(refusal.value)
    return str(refusal.value)


async def test_a_migrated_database_is_fit(connection: asyncpg.Connection) -> None:
    await check_server(connection)


def test_version_14_is_too_old() -> None:
    with pytest.raises(DatabaseUnusable, match="PostgreSQL 14 is too old: let DATABASE_URL lead to 15 or newer"):
        refuse_old_version(140_022)


@pytest.mark.parametrize("version", [150_000, 180_006])
def test_version_15_and_newer_are_fit(version: int) -> None:
    refuse_old_version(version)


async def test_an_empty_database_is_not_migrated(empty_database_url: str) -> None:
    assert await refusal_of(empty_database_url) == "The database is not migrated: run `smtp-activity migrate`."


async def test_a_database_that_was_taken_down_is_not_migrated(migrated_database_url: str) -> None:
    await run_migrations(migrated_database_url, "base")
    assert await refusal_of(migrated_database_url) == "The database is not migrated: run `smtp-activity migrate`."


async def test_an_older_database_has_to_be_migrated(empty_database_url: str) -> None:
    await run_migrations(empty_database_url, "0001")
    refusal = await refusal_of(empty_database_url)
    assert refusal == f"The database is at migration 0001, not yet at {SCHEMA_REVISION}: run `smtp-activity migrate`."


async def test_a_newer_database_is_left_alone(migrated_database_url: str) -> None:
    connection = await connect(migrated_database_url)
    try:
        await connection.execute("update alembic_version set version_num = '9999'")
        assert "at migration 9999" in await refusal_on(connection)
        with pytest.raises(DatabaseUnusable, match="install the newer release"):
            await migrate(migrated_database_url, now=NOW)
    finally:
        await connection.close()


async def test_a_database_of_the_c_locale_makes_no_trigrams(server_url: str) -> None:
    options = "template template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C'"
    async with new_database(server_url, "smtp_activity_of_c", options) as url:
        with pytest.raises(DatabaseUnusable, match=r"no trigrams of “東京”.*create it anew with.*C\.UTF-8"):
            await migrate(url, now=NOW)
        # It was not touched but for the extension.
        assert "not migrated" in await refusal_of(url)


async def test_a_server_without_pg_trgm_is_named(connection: asyncpg.Connection) -> None:
    # The server has it; this session sees a catalogue in which it does not stand.
    await connection.execute("create temp view pg_available_extensions as select name 'plpgsql' as name")
    await connection.execute("set search_path = pg_temp, public, pg_catalog")
    assert await refusal_on(connection) == (
        "This PostgreSQL has no pg_trgm: install its contrib package (postgresql-contrib)."
    )


async def test_a_database_that_lost_pg_trgm_is_named(migrated_database_url: str) -> None:
    connection = await connect(migrated_database_url)
    try:
        await connection.execute("drop extension pg_trgm cascade")
        assert "run `create extension pg_trgm` in it as an administrator" in await refusal_on(connection)
    finally:
        await connection.close()


async def test_who_may_not_create_the_extension_is_told_who_may(
    connection: asyncpg.Connection, empty_database_url: str
) -> None:
    await connection.execute("create role smtp_activity_weak login password 'pw'")
    try:
        with pytest.raises(DatabaseUnusable, match="as an administrator"):
            await migrate(as_role("smtp_activity_weak", empty_database_url), now=NOW)
    finally:
        await connection.execute("drop role smtp_activity_weak")
