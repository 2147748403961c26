"""The store that a command records into, as the settings want it."""

from datetime import timedelta

import asyncpg

from cli.attribution_rules import attribution_rules
from cli.own_rules import own_rules
from database.classifier_version import classifier_with
from database.store import Store
from graphql_api.settings import Settings


async def open_store(connection: asyncpg.Connection, settings: Settings) -> Store:
    """A store on a connection of its own, with the rules of this installation."""
    return await Store.open(
        connection,
        rules=attribution_rules(settings),
        retention=timedelta(days=settings.retention_days),
        classifier=await classifier_with(connection, own_rules(settings)),
    )
