"""Many rows at once: COPY to a temporary table, then one statement that merges them into the real one."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import asyncpg
from sqlalchemy import Column, MetaData, Table, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.schema import CreateTable

from database.statement import DIALECT, compile_statement

Row = Sequence[object]


@dataclass(frozen=True, slots=True)
class Merge:
    """How rows get into one table: through which staging table, and by which statement."""

    table: str
    staging: str
    create: str
    columns: tuple[str, ...]
    sql: str

    async def run(self, connection: asyncpg.Connection, rows: Sequence[Row]) -> None:
        """Write rows (their values in the order of `columns`), inside the caller's transaction."""
        if rows:
            await connection.copy_records_to_table(self.staging, records=rows, columns=self.columns)
            await connection.execute(self.sql)
            await connection.execute(f"truncate {self.staging}")

    async def add(self, connection: asyncpg.Connection, rows: Sequence[Row]) -> None:
        """The same of rows that are not there, as far as the caller knows, without staging; else they are merged."""
        try:
            async with connection.transaction():
                await self.copy(connection, rows)
        except asyncpg.UniqueViolationError:
            await self.run(connection, rows)

    async def copy(self, connection: asyncpg.Connection, rows: Sequence[Row]) -> None:
        """Write rows that are not there; raises UniqueViolationError when one is."""
        if rows:
            await connection.copy_records_to_table(self.table, records=rows, columns=self.columns)

    async def add_file(self, connection: asyncpg.Connection, columns: Sequence[str], file: bytes) -> None:
        """Write rows in COPY's binary format that are not there; raises UniqueViolationError when one is."""
        await connection.copy_to_table(self.table, source=_at_once(file), columns=columns, format="binary")

    async def merge_file(self, connection: asyncpg.Connection, columns: Sequence[str], file: bytes) -> None:
        """The same of rows that may be there, like `run`."""
        await connection.copy_to_table(self.staging, source=_at_once(file), columns=columns, format="binary")
        await connection.execute(self.sql)
        await connection.execute(f"truncate {self.staging}")


async def _at_once(file: bytes) -> AsyncIterator[bytes]:
    # The driver takes bytes themselves for a path.
    yield file


def merge_into(table: Table, *, columns: Sequence[str], replace: bool) -> Merge:
    """A Merge for a table: a row whose primary key is there already takes the old one's place, or is left out."""
    staging = Table(
        f"staging_{table.name}",
        MetaData(),
        *(Column(name, table.c[name].type) for name in columns),
        prefixes=["TEMPORARY"],
        postgresql_on_commit="DELETE ROWS",
    )
    merge = insert(table).from_select(list(columns), select(staging))
    key = [column.name for column in table.primary_key]
    if replace:
        merge = merge.on_conflict_do_update(
            index_elements=key, set_={name: merge.excluded[name] for name in columns if name not in key}
        )
    else:
        merge = merge.on_conflict_do_nothing(index_elements=key)
    return Merge(
        table=table.name,
        staging=staging.name,
        create=str(CreateTable(staging, if_not_exists=True).compile(dialect=DIALECT)),
        columns=tuple(columns),
        sql=compile_statement(merge).sql,
    )
