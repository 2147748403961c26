"""A file of own rules that cannot be used: every command that needs it says so in one line, and begins nothing."""

from pathlib import Path

import pytest

from tests.cli.commands import Commands

COMMANDS = pytest.mark.parametrize(
    "command", ["serve --port 0", "ingest postfix -", "reclassify", "demo --port 0"], ids=lambda line: line.split()[0]
)


@pytest.fixture
def file(commands: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that the setting names; it is not there yet."""
    file = tmp_path / "rules.toml"
    commands.environment["SMTP_ACTIVITY_REASON_RULES_FILE"] = str(file)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return file


@pytest.fixture
def bad_file(file: Path) -> Path:
    """The same, with a rule whose words are blank."""
    file.write_text("[[rule]]\npattern = 'x'\ncategory = 'OTHER'\nen = ''\n")
    return file


async def failure(commands: Commands, command: str) -> str:
    if command.startswith("demo"):  # which has no other database than the embedded one
        del commands.environment["DATABASE_URL"]
    return await commands.failure(*command.split())


@COMMANDS
async def test_a_bad_rule_is_told_in_one_line(commands: Commands, command: str, bad_file: Path) -> None:
    said = f"{bad_file}, rule 1: en: must not be blank: without it the category's own words are shown.\n"
    assert await failure(commands, command) == said


@COMMANDS
async def test_a_file_that_is_not_there_is_told_in_one_line(commands: Commands, command: str, file: Path) -> None:
    said = f"The rules of reasons in {file} cannot be read: No such file or directory.\n"
    assert await failure(commands, command) == said
