"""Commands on empty tables."""

from pathlib import Path

import asyncpg
import pytest

from tests.cli.commands import Commands


@pytest.fixture
def commands(connection: asyncpg.Connection, database_url: str, tmp_path: Path) -> Commands:
    """The command `smtp-activity`, on empty tables."""
    return Commands(database_url, tmp_path)
