"""`smtp-activity schema print`, and the copy of what it prints."""

from pathlib import Path

from tests.cli.commands import Commands

COPY = Path(__file__).parent.parent.parent / "schema.graphql"


async def test_the_copy_in_this_repository_is_what_is_printed(commands: Commands) -> None:
    printed = await commands.output("schema", "print")
    assert COPY.read_text() == printed, "schema.graphql is stale: run `make schema`"


async def test_applied_directives_are_printed(commands: Commands) -> None:
    printed = await commands.output("schema", "print")
    assert "SmtpActivityConnection @requiresPermission(permission: ACCESS_SMTP_ACTIVITIES)" in printed
    assert printed.count("directive @requiresPermission") == 1
    assert "input PeriodInput @oneOf {" in printed
