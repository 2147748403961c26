"""Whether a PostgreSQL server and its database can carry the service; each refusal says what to do, in one line."""

import asyncpg

from database.errors import DatabaseUnusable
from database.pool import AnyConnection

# The newest migration; a test compares it with the migrations' head.
SCHEMA_REVISION = "0009"
# Trigrams, and account numbers beside them in one index.
EXTENSIONS = ("pg_trgm", "btree_gin")

_OLDEST_VERSION = 15
# A word without a single ASCII letter: no trigrams of it, no search in most of the world's languages.
_PROBE = "東京"


async def check_server(connection: AnyConnection) -> None:
    """Raise DatabaseUnusable unless the server fits and its database is migrated to just this release."""
    await check_version(connection)
    await check_extensions_available(connection)
    await _check_migrated(connection)
    await check_extensions(connection)
    await check_trigrams(connection)


async def check_version(connection: AnyConnection) -> None:
    """Raise DatabaseUnusable for a server that is too old."""
    refuse_old_version(int(await connection.fetchval("show server_version_num")))


def refuse_old_version(server_version_num: int) -> None:
    """Raise DatabaseUnusable for a version that is too old, in PostgreSQL's own number: 150004 is 15.4."""
    version = server_version_num // 10_000
    if version < _OLDEST_VERSION:
        raise DatabaseUnusable(f"PostgreSQL {version} is too old: let DATABASE_URL lead to {_OLDEST_VERSION} or newer.")


async def check_extensions_available(connection: AnyConnection) -> None:
    """Raise DatabaseUnusable when the server was installed without an extension."""
    available = {name for (name,) in await connection.fetch("select name from pg_available_extensions")}
    for name in EXTENSIONS:
        if name not in available:
            raise DatabaseUnusable(f"This PostgreSQL has no {name}: install its contrib package (postgresql-contrib).")


async def check_extensions(connection: AnyConnection) -> None:
    """Raise DatabaseUnusable unless they are in the database."""
    there = {name for (name,) in await connection.fetch("select extname from pg_extension")}
    for name in EXTENSIONS:
        if name not in there:
            raise DatabaseUnusable(
                f"The extension {name} is not in this database:"
                f" run `create extension {name}` in it as an administrator."
            )


async def check_trigrams(connection: AnyConnection) -> None:
    """Raise DatabaseUnusable unless pg_trgm knows letters beyond ASCII."""
    if not await connection.fetchval("select show_trgm($1)", _PROBE):
        raise DatabaseUnusable(
            f"PostgreSQL makes no trigrams of “{_PROBE}” in this database (LC_CTYPE is C): create it anew with"
            " `create database … template template0 encoding 'UTF8' locale 'C.UTF-8'`."
        )


async def check_not_ahead(connection: AnyConnection) -> None:
    """Raise DatabaseUnusable when a newer release has migrated the database."""
    revision = await _revision(connection)
    if revision is not None and revision > SCHEMA_REVISION:
        raise DatabaseUnusable(
            f"The database is at migration {revision}, this release knows {SCHEMA_REVISION}: install the newer release."
        )


async def _check_migrated(connection: AnyConnection) -> None:
    await check_not_ahead(connection)
    revision = await _revision(connection)
    if revision is None:
        raise DatabaseUnusable("The database is not migrated: run `smtp-activity migrate`.")
    if revision < SCHEMA_REVISION:
        raise DatabaseUnusable(
            f"The database is at migration {revision}, not yet at {SCHEMA_REVISION}: run `smtp-activity migrate`."
        )


async def _revision(connection: AnyConnection) -> str | None:
    try:
        # Which migration was the last? A table of one row, or none.
        revision: str | None = await connection.fetchval("select version_num from alembic_version")
    except asyncpg.UndefinedTableError:
        return None
    except asyncpg.InsufficientPrivilegeError:
        raise DatabaseUnusable(
            "This role may not read the tables: run `smtp-activity migrate --service-role ROLE` as their owner."
        ) from None
    return revision
