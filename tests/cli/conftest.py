"""Commands on empty tables."""

import json
from pathlib import Path

import asyncpg
import pytest

from tests.cli.commands import Commands


@pytest.fixture
def commands(connection: asyncpg.Connection, database_url: str, tmp_path: Path) -> Commands:
    """The command `smtp-activity`, on empty tables."""
    return Commands(database_url, tmp_path)


@pytest.fixture
async def northwind(commands: Commands) -> Commands:
    """An account with a credential and a domain; the age of what is read does not matter."""
    commands.environment["SMTP_ACTIVITY_RETENTION_DAYS"] = "36500"
    account = {
        "externalId": "northwind",
        "name": "Northwind",
        "timeZone": "America/Toronto",
        "planActiveUntil": "forever",
        "credentials": ["northwind@relay1"],
        "domains": ["northwind.example"],
    }
    await commands.output("account", "sync", "-", given=json.dumps(account).encode())
    return commands
