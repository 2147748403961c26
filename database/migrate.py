"""Brings a database to this release: migrations, the months ahead, and what the service's role may do."""

from contextlib import suppress
from datetime import datetime
from pathlib import Path

import asyncpg
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from database.errors import DatabaseUnusable
from database.partitions import ensure_months, months_ahead
from database.pool import AnyConnection, connect
from database.server_check import (
    EXTENSIONS,
    check_extensions,
    check_extensions_available,
    check_not_ahead,
    check_server,
    check_trigrams,
    check_version,
)

# Alembic loads them by path: this room may not import them.
SCRIPTS = Path(__file__).parent.parent / "migrations"

_WRITTEN_TABLES = (
    "account, smtp_credential, sending_domain, relay_message, parked_event, unattributed_event, ingest_source,"
    " smtp_activity, smtp_event, classifier_version, erased_address"
)
_READ_TABLES = "installation, alembic_version"
# What was issued and revoked stays on record: no row goes, and only these columns change.
_TOKEN_GRANTS = (
    "select, insert, update (last_used_at, revoked_at) on access_token",
    "select, insert, update (issued_before) on token_revocation",
)
_FUNCTIONS = "smtp_activity_add_month(date), smtp_activity_drop_month(date)"


async def migrate(url: str, *, now: datetime, service_role: str | None = None) -> None:
    """Migrate to this release as the tables' owner; idempotent, and safe when two do it at once.

    Raises DatabaseUnusable when the server does not fit or a newer release was here before.
    """
    connection = await connect(url)
    try:
        # Two who migrate at once do it one after the other; closing the connection lets go.
        await connection.execute("select pg_advisory_lock(hashtextextended('smtp_activity migrate', 0))")
        await _prepare(connection)
        await run_migrations(url, "head")
        await check_server(connection)
        await ensure_months(connection, months_ahead(now))
        if service_role is not None:
            await grant_service(connection, service_role)
    finally:
        await connection.close()


async def run_migrations(url: str, revision: str) -> None:
    """Go up to a revision ("head": the newest), or down to one ("base": nothing is left)."""
    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=lambda: connect(url),
        poolclass=sa.pool.NullPool,
        # No error message carries a value.
        hide_parameters=True,
    )
    async with engine.connect() as connection:
        await connection.run_sync(_run_migrations, revision)
    await engine.dispose()


async def grant_service(connection: AnyConnection, role: str) -> None:
    """Let a role do what the service and ingest do, and no more: no table of its own, no change to one.

    New months need no grants of their own: their rows are reached through the parent.
    """
    quoted = await connection.fetchval("select quote_ident($1)", role)
    schema = await connection.fetchval("select quote_ident(current_schema())")
    database = await connection.fetchval("select quote_ident(current_database())")
    try:
        async with connection.transaction():
            # Everybody has these two unless they were taken away. Temporary tables are where ingest stages its batches.
            await connection.execute(f"grant connect, temporary on database {database} to {quoted}")
            await connection.execute(f"grant usage on schema {schema} to {quoted}")
            await connection.execute(f"grant select, insert, update, delete on {_WRITTEN_TABLES} to {quoted}")
            await connection.execute(f"grant select on {_READ_TABLES} to {quoted}")
            for grant in _TOKEN_GRANTS:
                await connection.execute(f"grant {grant} to {quoted}")
            await connection.execute(f"grant execute on function {_FUNCTIONS} to {quoted}")
    except asyncpg.UndefinedObjectError:
        raise DatabaseUnusable(f"There is no role {quoted}: run `create role {quoted} login` first.") from None


async def _prepare(connection: AnyConnection) -> None:
    await check_version(connection)
    await check_extensions_available(connection)
    await check_not_ahead(connection)
    # Without the privilege to create it, the check says who has to.
    for extension in EXTENSIONS:
        with suppress(asyncpg.InsufficientPrivilegeError):
            await connection.execute(f"create extension if not exists {extension}")
    await check_extensions(connection)
    await check_trigrams(connection)


def _run_migrations(connection: sa.Connection, revision: str) -> None:
    # Every command would load it at its start, and only this one needs it.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    if revision == "base":
        command.downgrade(config, revision)
    else:
        command.upgrade(config, revision)
