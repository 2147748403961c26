"""Stored answers read again after the rules changed: their categories, and nothing else of a row or an event."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import asyncpg
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Table,
    and_,
    bindparam,
    cast,
    column,
    func,
    or_,
    select,
    tuple_,
    update,
)

from database.statement import Statement, compile_statement
from database.store import ONE_WRITER
from models.activity import SmtpActivity
from models.classifier import Classifier
from models.smtp_event import SmtpEvent

BATCH_SIZE = 5000

_ACTIVITY: Table = SmtpActivity.metadata.tables["smtp_activity"]
_EVENT: Table = SmtpEvent.metadata.tables["smtp_event"]


class Reclassified(NamedTuple):
    """How many activities other rules had read, and how many categories changed."""

    activities: int
    changed_activities: int
    changed_events: int


@dataclass(frozen=True, slots=True)
class _Answers:
    """Where answers stand in a table: statements for its first page and those after a key, and for new categories."""

    key: tuple[str, ...]
    first: Statement
    following: Statement
    change: Statement

    @classmethod
    def of(cls, table: Table, answer: str, where: ColumnElement[bool], **also: ColumnElement[Any]) -> "_Answers":
        """Those of the rows where the condition holds; `also` is written with a new category."""
        key = list(table.primary_key)
        columns = [table.c[name] for name in (answer, "smtp_code", "enhanced_code", "reason_category")]
        page = select(*key, *columns).where(where).order_by(*key).limit(bindparam("batch_size", type_=BigInteger))
        after = tuple_(*key) > tuple_(*(bindparam(each.name, type_=each.type) for each in key))
        return cls(
            tuple(each.name for each in key),
            compile_statement(page),
            compile_statement(page.where(after)),
            _change(table, also),
        )


def _change(table: Table, also: Mapping[str, ColumnElement[Any]]) -> Statement:
    columns = [*table.primary_key, table.c.reason_category]
    read = (
        func.unnest(*(cast(bindparam(each.name), ARRAY(each.type)) for each in columns))
        .table_valued(*(column(each.name, each.type) for each in columns), name="read")
        .render_derived()
    )
    same = and_(*(each == read.c[each.name] for each in table.primary_key))
    new = {"reason_category": read.c.reason_category, **also}
    other = or_(*(table.c[name] != value for name, value in new.items()))
    return compile_statement(update(table).where(same, other).values(new))


# Activities whose answer other rules read, a page and the new categories; both by primary key.
_version = bindparam("version", type_=_ACTIVITY.c.classifier_version.type)
_ACTIVITIES = _Answers.of(
    _ACTIVITY,
    "reason_message",
    and_(_ACTIVITY.c.reason_category.is_not(None), _ACTIVITY.c.classifier_version != _version),
    classifier_version=_version,
)
# Events that say why, likewise. They have no version, and one that was stored before its activity was read anew keeps
# its old category: all are read, in the order of the primary key.
_EVENTS = _Answers.of(_EVENT, "response", _EVENT.c.reason_category.is_not(None))


async def reclassify(
    connection: asyncpg.Connection, classifier: Classifier, *, batch_size: int = BATCH_SIZE
) -> Reclassified:
    """Read stored answers again, a transaction a batch: it may be stopped and repeated; ingest waits for a batch."""
    activities, changed_activities = await _read_again(connection, _ACTIVITIES, classifier, batch_size)
    _, changed_events = await _read_again(connection, _EVENTS, classifier, batch_size)
    return Reclassified(activities, changed_activities, changed_events)


async def _read_again(
    connection: asyncpg.Connection, answers: _Answers, classifier: Classifier, batch_size: int
) -> tuple[int, int]:
    """How many rows were read, and how many categories changed."""
    read = changed = 0
    last: asyncpg.Record | None = None
    while True:
        async with connection.transaction():
            await connection.execute(ONE_WRITER)
            page = answers.following if last else answers.first
            values = {**(last or {}), "version": classifier.version, "batch_size": batch_size}
            records = await connection.fetch(page.sql, *page.arguments(values))
            categories = [_category(record, classifier) for record in records]
            new = {name: [record[name] for record in records] for name in answers.key} | {"reason_category": categories}
            await connection.execute(answers.change.sql, *answers.change.arguments(values | new))
        if not records:
            return read, changed
        last = records[-1]
        read += len(records)
        changed += sum(
            record["reason_category"] != category for record, category in zip(records, categories, strict=True)
        )


def _category(record: asyncpg.Record, classifier: Classifier) -> str:
    *_, response, smtp_code, enhanced_code, _old = record.values()
    return classifier.classify(response, smtp_code, enhanced_code).value
