"""One page of an account's activities: Relay's connection algorithm over ids, in one statement.

The order never reverses: a page from the end is read backwards and turned round.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
from sqlalchemy import ColumnElement, Select, Table, bindparam, exists, select, union_all

from auth.viewer import ReadableAccount
from database.cursor import Direction, decode_cursor
from database.errors import InvalidInput
from database.filters import ActivityFilter, BoundFilter, Shape, bind_filter, conditions, status_is
from database.pool import Pools
from database.statement import Statement, compile_statement
from models.activity import SmtpActivity
from models.activity_id import IdRange

MAX_ROWS = 100

_ACTIVITY: Table = SmtpActivity.metadata.tables["smtp_activity"]
_TOP_ID = UUID(int=(1 << 128) - 1)
_KEPT_STATEMENTS = 500


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which rows and columns, and which ends are looked at. `first`, `last` or both; raises InvalidInput out of 0 to 100."""

    columns: frozenset[str]
    direction: Direction = Direction.DESC
    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None
    wants_previous: bool = False
    wants_next: bool = False

    def __post_init__(self) -> None:
        if self.first is None and self.last is None:
            raise ValueError("A page has a size: first, last or both.")
        for argument, rows in (("first", self.first), ("last", self.last)):
            if rows is not None and not 0 <= rows <= MAX_ROWS:
                raise InvalidInput(f"{argument} must be from 0 to {MAX_ROWS}, not {rows}.", (argument,))


class Page(NamedTuple):
    """Rows in the list's order, the asked columns and `id`; whether there are more at its ends, None when not wanted."""

    rows: list[asyncpg.Record]
    has_next: bool | None
    has_previous: bool | None
