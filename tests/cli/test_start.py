"""What reads logs starts without what only the service needs."""

import subprocess
import sys

_LOADED = "import cli.main, cli.ingest, sys; print(*sys.modules)"
_PARSER = "import ingest.postfix_apart, sys; print(*sys.modules)"


def loaded_by(program: str) -> set[str]:
    command = [sys.executable, "-P", "-c", program]
    return set(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split())  # noqa: S603  # Ours.


def test_ingest_loads_neither_graphql_nor_a_client() -> None:
    loaded = loaded_by(_LOADED)
    assert "database.store" in loaded
    assert loaded.isdisjoint({"graphql", "strawberry", "httpx", "alembic", "uvicorn"})


def test_the_parser_beside_it_loads_no_tables() -> None:
    loaded = loaded_by(_PARSER)
    assert "models.event" in loaded
    assert loaded.isdisjoint({"sqlalchemy", "sqlmodel", "pydantic", "asyncpg"})
