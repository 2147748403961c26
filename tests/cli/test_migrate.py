"""The command `smtp-activity migrate`."""

import asyncio

import pytest
import typer
from typer.testing import CliRunner, Result

from cli.migrate import migrate
from database.pool import connect
from database.server_check import SCHEMA_REVISION, check_server


def run(*arguments: str) -> Result:
    app = typer.Typer()
    app.command()(migrate)
    return CliRunner().invoke(app, arguments)


def test_it_migrates_an_empty_database(empty_database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", empty_database_url)
    result = run()
    assert (result.exit_code, result.stdout) == (0, f"The database is at migration {SCHEMA_REVISION}.\n")
    asyncio.run(check(empty_database_url))


async def check(url: str) -> None:
    connection = await connect(url)
    try:
        await check_server(connection)
    finally:
        await connection.close()


def test_a_server_that_is_not_there_is_one_line_and_exit_code_1(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:secret@127.0.0.1:1/d")
    result = run()
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("PostgreSQL cannot be reached: ")
    assert result.stderr.count("\n") == 1
    assert "secret" not in result.stderr


def test_a_service_role_that_does_not_exist_is_named(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    result = run("--service-role", "nobody_here")
    assert result.exit_code == 1
    assert result.stderr == "There is no role nobody_here: run `create role nobody_here login` first.\n"
