"""The store that a command records into; a bad file of own rules ends the command with one line."""

from datetime import timedelta

import asyncpg

from cli.own_rules import own_rules
from database import kept_store
from database.store import Store
from graphql_api.settings import Settings


async def open_store(connection: asyncpg.Connection, settings: Settings) -> Store:
    """A store on a connection of its own, with the rules of this installation."""
    retention = timedelta(days=settings.retention_days)
    rules, own = settings.attribution_rules, own_rules(settings)
    return await kept_store.open_store(connection, rules=rules, retention=retention, own_rules=own)
