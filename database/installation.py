"""The installation's key, of which other rooms get sub-keys only."""

from hashlib import blake2b

from sqlalchemy import select
from sqlmodel import col

from database.pool import Pools
from database.statement import compile_statement
from models.source import Installation

# The installation's key: one row, by primary key.
_KEY = compile_statement(select(col(Installation.id_key)).where(col(Installation.id) == 1))


async def read_sub_key(pools: Pools, purpose: str) -> bytes:
    """32 bytes, the same in every worker and after every restart, from which the key itself cannot be told."""
    key: bytes = await pools.page.fetchval(_KEY.sql, *_KEY.arguments({}))
    return blake2b(purpose.encode(), key=key, digest_size=32).digest()
