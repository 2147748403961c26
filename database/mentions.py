"""Where an address may stand: the rows of each table that mention it, or all of them, to be looked at closely."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Table,
    Text,
    any_,
    bindparam,
    func,
    or_,
    select,
    tuple_,
    union,
)

from database.statement import Statement, compile_statement
from models.activity import SmtpActivity
from models.event import SmtpEvent
from models.message import ParkedEvent, RelayMessage, UnattributedEvent

BATCH_SIZE = 1000

_TABLES = SmtpActivity.metadata.tables
_ACTIVITY, _EVENT, _MESSAGE, _PARKED, _UNATTRIBUTED = (
    _TABLES[str(model.__tablename__)] for model in (SmtpActivity, SmtpEvent, RelayMessage, ParkedEvent, UnattributedEvent)
)
