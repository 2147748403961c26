"""`smtp-activity schema print`, and the copy of what it prints."""

from pathlib import Path

from auth.permissions import Permission
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


async def test_a_view_is_printed_with_what_its_permissions_open(commands: Commands) -> None:
    shown = await commands.output("schema", "print", "--permission", "ACCESS_SMTP_ACTIVITIES")
    hidden = await commands.output("schema", "print", "--permission", "RECORD_SMTP_EVENTS")
    assert "SmtpActivityConnection @requiresPermission(permission: ACCESS_SMTP_ACTIVITIES)" in shown
    assert "viewer: Viewer!" in hidden
    assert "smtpactivit" not in hidden.lower()


async def test_all_permissions_together_open_the_whole_schema(commands: Commands) -> None:
    options = [option for permission in Permission for option in ("--permission", permission)]
    assert await commands.output("schema", "print", *options) == COPY.read_text()


async def test_an_unknown_permission_is_refused_with_the_known_ones(commands: Commands) -> None:
    said = await commands.misuse("schema", "print", "--permission", "smtp_activities:access")
    assert [permission for permission in Permission if permission not in said] == []
