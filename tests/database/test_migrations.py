"""The migrations: that they make what the models say, and no more, and that they can be taken back."""

import asyncio
import importlib
import pkgutil
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import asyncpg
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import SQLModel

import models
from database.migrate import SCRIPTS, migrate, run_migrations
from database.pool import connect
from database.server_check import SCHEMA_REVISION, check_server
from tests.conftest import NOW, new_database

T = TypeVar("T")

# Tables, indexes, sequences and functions; nothing of the extension's.
_OBJECTS = """
select relname::text from pg_class where relnamespace = 'public'::regnamespace
    and oid not in (select objid from pg_depend where deptype = 'e')
union all
select proname::text from pg_proc where pronamespace = 'public'::regnamespace
    and oid not in (select objid from pg_depend where deptype = 'e')
"""


# A table that no module brought along would not be compared.
for module in pkgutil.iter_modules(models.__path__):
    importlib.import_module(f"models.{module.name}")


@asynccontextmanager
async def database(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await connect(url)
    try:
        yield connection
    finally:
        await connection.close()


async def with_sqlalchemy(url: str, work: Callable[[sa.Connection], T]) -> T:
    engine = create_async_engine("postgresql+asyncpg://", async_creator=lambda: connect(url))
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(work)
    finally:
        await engine.dispose()


def differences(connection: sa.Connection) -> object:
    def include(_object: object, name: str | None, kind: str, *_: object) -> bool:
        return (kind, name) != ("table", "alembic_version")

    options = {"compare_type": True, "compare_server_default": True, "include_object": include}
    return compare_metadata(MigrationContext.configure(connection, opts=options), SQLModel.metadata)


async def index_definitions(url: str) -> set[str]:
    async with database(url) as connection:
        rows = await connection.fetch(
            "select indexdef from pg_indexes where schemaname = 'public' and tablename <> 'alembic_version'"
        )
    # Of a partitioned table PostgreSQL says ONLY, since each part has an index of its own.
    return {row["indexdef"].replace(" ON ONLY ", " ON ") for row in rows}


async def test_the_migrated_tables_are_those_of_the_models(empty_database_url: str) -> None:
    await run_migrations(empty_database_url, "head")
    assert await with_sqlalchemy(empty_database_url, differences) == []


async def test_the_migrated_indexes_and_keys_are_those_of_the_models(server_url: str, empty_database_url: str) -> None:
    # What compare_metadata does not see: an index's method, operators and condition, and the primary keys.
    await run_migrations(empty_database_url, "head")
    async with new_database(server_url, "smtp_activity_of_models") as url:
        async with database(url) as connection:
            await connection.execute("create extension pg_trgm")
            await connection.execute("create extension btree_gin")
        await with_sqlalchemy(url, SQLModel.metadata.create_all)
        assert await index_definitions(empty_database_url) == await index_definitions(url)


async def test_both_big_tables_are_partitioned_by_their_ids(connection: asyncpg.Connection) -> None:
    keys = await connection.fetch(
        "select partrelid::regclass::text, pg_get_partkeydef(partrelid) from pg_partitioned_table"
    )
    assert {tuple(row) for row in keys} == {("smtp_activity", "RANGE (id)"), ("smtp_event", "RANGE (activity_id)")}


async def test_going_down_leaves_nothing_and_up_again_works(empty_database_url: str) -> None:
    await migrate(empty_database_url, now=NOW)
    await run_migrations(empty_database_url, "base")
    async with database(empty_database_url) as connection:
        left = {row[0] for row in await connection.fetch(_OBJECTS)}
        assert left == {"alembic_version", "alembic_version_pkc"}
        await migrate(empty_database_url, now=NOW)
        await check_server(connection)


async def test_migrating_again_changes_nothing(migrated_database_url: str) -> None:
    async with database(migrated_database_url) as connection:
        before = await connection.fetch(_OBJECTS), await connection.fetch("select * from installation")
        await migrate(migrated_database_url, now=NOW)
        assert (await connection.fetch(_OBJECTS), await connection.fetch("select * from installation")) == before


async def test_two_may_migrate_at_once(empty_database_url: str) -> None:
    await asyncio.gather(*(migrate(empty_database_url, now=NOW) for _ in range(3)))
    async with database(empty_database_url) as connection:
        await check_server(connection)


async def test_the_months_around_now_are_made(migrated_database_url: str) -> None:
    async with database(migrated_database_url) as connection:
        parts = await connection.fetch("select relname::text from pg_class where relispartition and relkind = 'r'")
    months = ("2026_10", "2026_11", "2026_12", "2027_01")
    assert {name for (name,) in parts} == {
        f"smtp_{table}_{month}" for table in ("activity", "event") for month in months
    }


async def test_each_installation_has_its_own_key(connection: asyncpg.Connection, migrated_database_url: str) -> None:
    async with database(migrated_database_url) as other:
        keys = [await c.fetchval("select id_key from installation where id = 1") for c in (connection, other)]
    assert [len(key) for key in keys] == [32, 32]
    assert keys[0] != keys[1]


def test_there_is_one_head_and_the_server_check_expects_it() -> None:
    assert ScriptDirectory(str(SCRIPTS)).get_heads() == [SCHEMA_REVISION]


async def test_the_tables_may_live_in_a_schema_of_their_own(empty_database_url: str) -> None:
    async with database(empty_database_url) as connection:
        await connection.execute("create schema mail")
    url = empty_database_url + ("&" if "?" in empty_database_url else "?") + "search_path=mail"
    await migrate(url, now=NOW)
    async with database(empty_database_url) as connection:
        # Whatever the caller's search_path says, the function finds the tables beside it.
        await connection.execute("select mail.smtp_activity_add_month('2020-01-01')")
        assert await connection.fetchval("select to_regclass('mail.smtp_event_2020_01') is not null")


async def test_there_is_no_offline_mode() -> None:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    with pytest.raises(RuntimeError, match="smtp-activity migrate"):
        command.upgrade(config, "head", sql=True)


def test_a_new_migration_is_born_with_timeouts(tmp_path: Path) -> None:
    scripts = shutil.copytree(SCRIPTS, tmp_path / "migrations", ignore=shutil.ignore_patterns("__pycache__"))
    config = Config()
    config.set_main_option("script_location", str(scripts))
    script = command.revision(config, "More to know.", rev_id="9999")
    assert script is not None
    assert not isinstance(script, list)
    source = Path(script.path).read_text()
    assert source.count("set local lock_timeout = ") == 2
    assert source.count("set local statement_timeout = ") == 2
    assert script.down_revision == SCHEMA_REVISION


@pytest.mark.parametrize("version", sorted(SCRIPTS.glob("versions/m*.py")), ids=lambda path: path.stem)
def test_every_migration_has_timeouts_both_ways(version: Path) -> None:
    source = version.read_text()
    assert source.count("set local lock_timeout = ") == 2
    assert source.count("set local statement_timeout = ") == 2
