"""Taking a demo's records away again, so that it can be made anew. For the embedded database only."""

from collections.abc import Sequence

from sqlalchemy import ARRAY, Text, any_, bindparam, delete, select

from database.pool import AnyConnection
from database.statement import compile_statement
from models.account import Account
from models.activity import SmtpActivity
from models.message import ParkedEvent, RelayMessage, UnattributedEvent
from models.smtp_event import SmtpEvent
from models.source import IngestSource

_TABLES = SmtpActivity.metadata.tables
_ACCOUNT = _TABLES[str(Account.__tablename__)]
_ids = select(_ACCOUNT.c.id).where(_ACCOUNT.c.external_id == any_(bindparam("accounts", type_=ARRAY(Text))))

# Everything recorded for these accounts. Served by the primary keys, which start with the account.
_OF_ACCOUNTS = [
    compile_statement(delete(table).where(table.c.account_id.in_(_ids)))
    for table in (_TABLES[str(model.__tablename__)] for model in (SmtpActivity, SmtpEvent))
]
# Ingest's memory of this relay. Served by the primary keys, which start with the relay.
_OF_RELAY = [
    compile_statement(delete(table).where(table.c.relay == bindparam("relay")))
    for table in (_TABLES[str(model.__tablename__)] for model in (RelayMessage, ParkedEvent, UnattributedEvent))
]
_SOURCE = _TABLES[str(IngestSource.__tablename__)]
# How far these were read. By primary key.
_OF_SOURCE = compile_statement(delete(_SOURCE).where(_SOURCE.c.name == any_(bindparam("sources", type_=ARRAY(Text)))))


async def forget_demo(
    connection: AnyConnection, *, accounts: Sequence[str], relay: str, sources: Sequence[str]
) -> None:
    """Delete what was recorded for these accounts, ingest's memory of the relay, and how far the sources were read."""
    values = {"accounts": list(accounts), "relay": relay, "sources": list(sources)}
    async with connection.transaction():
        for statement in (*_OF_ACCOUNTS, *_OF_RELAY, _OF_SOURCE):
            await connection.execute(statement.sql, *statement.arguments(values))
