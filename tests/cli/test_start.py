"""What reads logs starts without what only the service needs, and parses before what records is there."""

import subprocess
import sys

_COMMAND = "import cli.main, cli.ingest, cli.ingest_postfix, sys; print(*sys.modules)"
_RECORDER = "import cli.main, cli.postfix_logs, sys; print(*sys.modules)"
_PARSER = "import ingest.postfix_apart, sys; print(*sys.modules)"


def loaded_by(program: str) -> set[str]:
    command = [sys.executable, "-P", "-c", program]
    return set(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split())  # noqa: S603  # Ours.


def test_ingest_loads_neither_graphql_nor_a_client_nor_cryptography() -> None:
    loaded = loaded_by(_RECORDER)
    assert "database.store" in loaded
    assert loaded.isdisjoint({"graphql", "strawberry", "httpx", "alembic", "uvicorn", "cryptography"})


def test_the_command_has_begun_to_parse_before_it_loads_tables() -> None:
    loaded = loaded_by(_COMMAND)
    assert "ingest.postfix_apart" in loaded
    assert loaded.isdisjoint({"sqlalchemy", "sqlmodel", "asyncpg"})


def test_the_parser_beside_it_loads_no_tables() -> None:
    loaded = loaded_by(_PARSER)
    assert "models.event" in loaded
    assert loaded.isdisjoint({"sqlalchemy", "sqlmodel", "pydantic", "asyncpg"})
