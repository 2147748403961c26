"""Events put aside: those that wait for something to be known (`parked_event`), those whose account is unknown."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import NamedTuple

import asyncpg
import msgspec
from sqlalchemy import ARRAY, LargeBinary, Table, Text, and_, any_, bindparam, cast, column, delete, func, select

from database.batch import Unattributed, Waiting
from database.staging import Merge, Row, merge_into
from database.statement import Statement, compile_statement
from models.event import DeliveryEvent
from models.message import ParkedEvent, UnattributedEvent

ShelfKey = tuple[str, str, str, bytes]
"""Relay, instance, reference, digest of the payload."""

_KEY = ("relay", "instance", "reference", "digest")
DECODER: msgspec.json.Decoder[DeliveryEvent] = msgspec.json.Decoder(DeliveryEvent)


class Kept(NamedTuple):
    """An event on a shelf, and its key there."""

    key: ShelfKey
    event: DeliveryEvent


@dataclass(frozen=True, slots=True)
class Shelf:
    """One table of events put aside."""

    merge: Merge
    _by_reference: Statement
    _remove: Statement

    async def load(self, connection: asyncpg.Connection, references: Collection[str]) -> list[Kept]:
        """The events that were put aside under these references."""
        values = {"references": list(references)}
        records = await connection.fetch(self._by_reference.sql, *self._by_reference.arguments(values))
        return [
            Kept((relay, instance, reference, digest), DECODER.decode(payload))
            for relay, instance, reference, digest, payload in records
        ]

    async def replace(
        self, connection: asyncpg.Connection, old: Collection[ShelfKey], new: dict[ShelfKey, Row]
    ) -> None:
        """Take away what is no longer put aside, and put what is new; what was there and stays is not written."""
        gone = [key for key in old if key not in new]
        if gone:
            relays, instances, references, digests = zip(*gone, strict=True)
            values = {"relays": relays, "instances": instances, "references": references, "digests": digests}
            await connection.execute(self._remove.sql, *self._remove.arguments(values))
        known = set(old)
        await self.merge.run(connection, [row for key, row in new.items() if key not in known])


def _shelf(table: Table) -> Shelf:
    key = [table.c[name] for name in _KEY]
    gone = (
        func.unnest(
            cast(bindparam("relays"), ARRAY(Text)),
            cast(bindparam("instances"), ARRAY(Text)),
            cast(bindparam("references"), ARRAY(Text)),
            cast(bindparam("digests"), ARRAY(LargeBinary)),
        )
        .table_valued(*(column(name, table.c[name].type) for name in _KEY), name="gone")
        .render_derived()
    )
    return Shelf(
        merge=merge_into(table, columns=[column.name for column in table.columns], replace=False),
        # What waits under these references. Served by the table's index on `reference`.
        _by_reference=compile_statement(
            select(*key, table.c.payload).where(table.c.reference == any_(bindparam("references", type_=ARRAY(Text))))
        ),
        # Events that wait no longer. Served by the primary key.
        _remove=compile_statement(delete(table).where(and_(*(table.c[name] == gone.c[name] for name in _KEY)))),
    )


PARKED = _shelf(ParkedEvent.metadata.tables["parked_event"])
UNATTRIBUTED = _shelf(UnattributedEvent.metadata.tables["unattributed_event"])


def parked_rows(waiting: Iterable[Waiting], now: datetime) -> dict[ShelfKey, Row]:
    """Rows of `parked_event`, by key."""
    rows: dict[ShelfKey, Row] = {}
    for reference, event in waiting:
        key, payload = key_and_payload(reference, event)
        rows[key] = (*key, event.__struct_config__.tag, event.occurred_at, payload, now)
    return rows


def unattributed_rows(unattributed: Iterable[Unattributed], now: datetime) -> dict[ShelfKey, Row]:
    """Rows of `unattributed_event`, by key."""
    rows: dict[ShelfKey, Row] = {}
    for reference, user_name, domain, event in unattributed:
        key, payload = key_and_payload(reference, event)
        rows[key] = (*key, event.occurred_at, user_name, domain, payload, now)
    return rows


def key_and_payload(reference: str, event: DeliveryEvent) -> tuple[ShelfKey, str]:
    """An event's key on a shelf, and the event as it is written there."""
    payload = msgspec.json.encode(event)
    digest = blake2b(payload, digest_size=16).digest()
    return (event.relay, event.instance, reference, digest), payload.decode()
