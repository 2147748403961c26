"""A file of own rules that cannot be used: every command that needs it says so in one line, and begins nothing."""

from pathlib import Path

import pytest

from tests.cli.commands import Commands

COMMANDS = (
    ("serve", "--port", "0"),
    ("ingest", "postfix", "-"),
    ("reclassify",),
    ("demo", "--port", "0"),
)


def use(commands: Commands, command: tuple[str, ...], file: Path) -> None:
    commands.environment["SMTP_ACTIVITY_REASON_RULES_FILE"] = str(file)
    if command[0] == "demo":
        del commands.environment["DATABASE_URL"]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
async def test_a_bad_rule_is_told_in_one_line(
    commands: Commands, command: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    file = tmp_path / "rules.toml"
    file.write_text("[[rule]]\npattern = 'x'\ncategory = 'OTHER'\nen = ''\n")
    use(commands, command, file)
    said = await commands.failure(*command)
    assert said == f"{file}, rule 1: en: must not be blank: without it the category's own words are shown.\n"


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
async def test_a_file_that_is_not_there_is_told_in_one_line(
    commands: Commands, command: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    file = tmp_path / "missing.toml"
    use(commands, command, file)
    assert (
        await commands.failure(*command)
        == f"The rules of reasons in {file} cannot be read: No such file or directory.\n"
    )
