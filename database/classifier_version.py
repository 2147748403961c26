"""The version under which answers are stored that an operator's own rules have read: a number of each set of rules."""

import asyncpg
from sqlalchemy import Table, bindparam, func, select
from sqlalchemy.dialects.postgresql import insert

from database.statement import compile_statement
from database.store import ONE_WRITER
from models.classifier import BUILT_IN, Classifier
from models.classifier_version import ClassifierVersion
from models.own_rules import OwnRules

_VERSION: Table = ClassifierVersion.metadata.tables["classifier_version"]
_digest = bindparam("digest", type_=_VERSION.c.digest.type)

# Rules that were never used here get the next number downwards. Served by the primary key and the index on `digest`.
_ADD = compile_statement(
    insert(_VERSION)
    .from_select(["number", "digest"], select(func.coalesce(func.min(_VERSION.c.number), 0) - 1, _digest))
    .on_conflict_do_nothing(index_elements=["digest"])
)
# The number of these rules. Served by the index on `digest`.
_FIND = compile_statement(select(_VERSION.c.number).where(_VERSION.c.digest == _digest))


async def classifier_with(connection: asyncpg.Connection, own_rules: OwnRules) -> Classifier:
    """What reads answers with these rules first; the same rules have the same version for ever."""
    if not own_rules.rules:
        return BUILT_IN
    values = {"digest": own_rules.digest}
    async with connection.transaction():
        await connection.execute(ONE_WRITER)
        await connection.execute(_ADD.sql, *_ADD.arguments(values))
        number: int = await connection.fetchval(_FIND.sql, *_FIND.arguments(values))
    return Classifier(own_rules, number)
