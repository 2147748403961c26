"""Which database a command speaks to, and how it ends when there is none."""

import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import typer

from cli.database import MigrationTarget, database_url, migration_target
from database.embedded import SERVICE_ROLE
from database.errors import DatabaseUnusable
from graphql_api.settings import Settings

# A command that works until it is told to end.
WORKS = """
import time
from cli.database import database_url
from graphql_api.settings import Settings
with database_url(Settings()):
    print("works", flush=True)
    time.sleep(60)
"""


@pytest.fixture(scope="module")
def data_directory() -> Iterator[Path]:
    """A short path, as a socket needs it."""
    with tempfile.TemporaryDirectory(prefix="smtp-activity-tests-") as directory:
        yield Path(directory)


@pytest.fixture
def embedded(data_directory: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings without a URL."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("SMTP_ACTIVITY_DATA_DIRECTORY", str(data_directory))
    return Settings()


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings with a URL."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://somebody@db.example/mail")
    return Settings()


def test_a_url_is_taken_as_it_is(elsewhere: Settings) -> None:
    with database_url(elsewhere) as url, migration_target(elsewhere) as target:
        assert url == "postgresql://somebody@db.example/mail"
        assert target == MigrationTarget("postgresql://somebody@db.example/mail", None)
    with migration_target(elsewhere, "service") as target:
        assert target.service_role == "service"


def test_without_a_url_the_embedded_server_has_an_owner_and_a_service(embedded: Settings) -> None:
    before = signal.getsignal(signal.SIGTERM)
    with database_url(embedded) as url, migration_target(embedded) as target:
        assert url.startswith("postgresql://smtp_activity_service@/smtp_activity?host=")
        assert target.url.startswith("postgresql://smtp_activity@/smtp_activity?host=")
        assert target.service_role == SERVICE_ROLE
    with migration_target(embedded, "another") as target:
        assert target.service_role == "another"
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_command_that_is_told_to_end_stops_the_embedded_server(embedded: Settings, data_directory: Path) -> None:
    program = [sys.executable, "-c", WORKS]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as command:  # noqa: S603  # This file's own script.
        assert command.stdout is not None
        assert command.stdout.readline() == "works\n"
        assert (data_directory / "postgres" / "postmaster.pid").exists()
        command.terminate()
    assert command.returncode == 128 + signal.SIGTERM
    assert not (data_directory / "postgres" / "postmaster.pid").exists()


@pytest.mark.parametrize("context", [database_url, migration_target])
def test_an_unusable_database_ends_the_command_in_one_line(
    elsewhere: Settings,
    capsys: pytest.CaptureFixture[str],
    context: Callable[[Settings], AbstractContextManager[object]],
) -> None:
    with pytest.raises(typer.Exit) as end, context(elsewhere):
        raise DatabaseUnusable("The database is not migrated: run `smtp-activity migrate`.")
    assert end.value.exit_code == 1
    assert capsys.readouterr().err == "The database is not migrated: run `smtp-activity migrate`.\n"
