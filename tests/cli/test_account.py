"""The commands `account`, `credential` and `domain`."""

import io
import json
from pathlib import Path

import asyncpg
import pytest
from rich.console import Console

from cli import listing
from tests.cli.commands import Commands

HEADER = "external id\tname\ttime zone\tSMTP plan until\tuser names\tdomains\n"
NORTHWIND = ("account", "create", "northwind", "--name", "Northwind", "--time-zone", "America/Toronto")


def line(**changes: object) -> bytes:
    stated = {"externalId": "acme", "name": "Acme", "timeZone": "Europe/Paris", "planActiveUntil": None}
    return json.dumps(stated | changes).encode() + b"\n"


# account create


@pytest.mark.parametrize(
    ("plan", "shown"),
    [
        ([], "none"),
        (["--plan-until", "none"], "none"),
        (["--plan-until", "forever"], "forever"),
        (["--plan-until", "2027-01-01"], "2027-01-01T00:00:00-05:00"),
        (["--plan-until", "2027-07-01T00:00:00Z"], "2027-06-30T20:00:00-04:00"),
    ],
)
async def test_a_created_account_is_listed(commands: Commands, plan: list[str], shown: str) -> None:
    assert await commands.output(*NORTHWIND, *plan) == "Account northwind was created.\n"
    assert await commands.output("account", "list") == f"{HEADER}northwind\tNorthwind\tAmerica/Toronto\t{shown}\t0\t0\n"


async def test_an_account_is_created_once(commands: Commands) -> None:
    await commands.output(*NORTHWIND)
    assert await commands.failure(*NORTHWIND) == (
        "There is an account “northwind” already: `smtp-activity account update` changes it.\n"
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            ["--time-zone", "America/Torono"],
            "“America/Torono” is no IANA time zone; the nearest are America/Toronto, America/Tortola",
        ),
        (["--time-zone", "EST5EST"], "“EST5EST” is no IANA time zone"),
        (["--plan-until", "2027-01-01T00:00:00"], "“2027-01-01T00:00:00” has no UTC offset"),
        (["--plan-until", "never"], "“never” is no time: write 2027-01-01T00:00:00-05:00, or “forever”"),
        (["--plan-until", "2027-02-30"], "“2027-02-30” is no time"),
        (["--name", " "], "must not be blank"),
    ],
)
async def test_what_an_account_cannot_be_is_refused(commands: Commands, changes: list[str], message: str) -> None:
    text = await commands.misuse(*NORTHWIND, *changes)
    assert message in text
    assert changes[0] in text
    assert await commands.output("account", "list") == HEADER


async def test_a_blank_external_id_is_refused(commands: Commands) -> None:
    text = await commands.misuse("account", "create", "", "--name", "N", "--time-zone", "UTC")
    assert "EXTERNAL_ID" in text
    assert "must not be blank" in text


# account update


@pytest.mark.parametrize(
    ("changes", "row"),
    [
        (["--name", "North Wind"], "North Wind\tAmerica/Toronto\tforever"),
        (["--time-zone", "Asia/Kolkata"], "Northwind\tAsia/Kolkata\tforever"),
        (["--plan-until", "none"], "Northwind\tAmerica/Toronto\tnone"),
        (["--plan-until", "2027-01-01"], "Northwind\tAmerica/Toronto\t2027-01-01T00:00:00-05:00"),
        (
            ["--plan-until", "2027-01-01", "--time-zone", "Asia/Kolkata"],
            "Northwind\tAsia/Kolkata\t2027-01-01T00:00:00+05:30",
        ),
    ],
)
async def test_an_update_changes_what_is_given(commands: Commands, changes: list[str], row: str) -> None:
    await commands.output(*NORTHWIND, "--plan-until", "forever")
    assert await commands.output("account", "update", "northwind", *changes) == "Account northwind was updated.\n"
    assert await commands.output("account", "list") == f"{HEADER}northwind\t{row}\t0\t0\n"


async def test_an_update_of_nothing_is_refused(commands: Commands) -> None:
    assert "give --name, --time-zone, --plan-until or --retention-days" in await commands.misuse(
        "account", "update", "northwind"
    )


async def test_an_update_of_nobody_is_refused(commands: Commands) -> None:
    for changes in (["--name", "N"], ["--plan-until", "forever"]):
        assert await commands.failure("account", "update", "nobody", *changes) == (
            "There is no account “nobody”: see `smtp-activity account list`.\n"
        )


async def test_a_bad_plan_is_refused_in_an_update_too(commands: Commands) -> None:
    await commands.output(*NORTHWIND)
    text = await commands.misuse("account", "update", "northwind", "--plan-until", "soon")
    assert "--plan-until" in text
    assert "“soon” is no time" in text


# credential, domain


async def test_user_names_are_added_and_listed(commands: Commands) -> None:
    await commands.output(*NORTHWIND)
    add = ("credential", "add", "Northwind@relay1.example.net", "--account", "northwind")
    assert await commands.output(*add) == "Northwind@relay1.example.net belongs to northwind.\n"
    assert await commands.output(*add) == "Northwind@relay1.example.net belongs to northwind already.\n"
    for only in ([], ["--account", "northwind"]):
        assert await commands.output("credential", "list", *only) == (
            "user name\taccount\nNorthwind@relay1.example.net\tnorthwind\n"
        )


async def test_domains_are_added_in_lower_case_and_listed(commands: Commands) -> None:
    await commands.output(*NORTHWIND)
    add = ("domain", "add", "Northwind.EXAMPLE", "--account", "northwind")
    assert await commands.output(*add) == "northwind.example belongs to northwind.\n"
    assert await commands.output(*add) == "northwind.example belongs to northwind already.\n"
    assert await commands.output("domain", "list", "--account", "northwind") == (
        "domain\taccount\nnorthwind.example\tnorthwind\n"
    )


async def test_what_belongs_to_another_account_is_refused_by_name(commands: Commands) -> None:
    await commands.output(*NORTHWIND)
    await commands.output("account", "sync", "-", given=line())
    await commands.output("credential", "add", "user", "--account", "northwind")
    await commands.output("domain", "add", "northwind.example", "--account", "northwind")
    assert await commands.failure("credential", "add", "user", "--account", "acme") == (
        "The SMTP user name “user” belongs to the account “northwind”.\n"
    )
    assert await commands.failure("domain", "add", "northwind.example", "--account", "acme") == (
        "The sending domain “northwind.example” belongs to the account “northwind”.\n"
    )


@pytest.mark.parametrize("kind", ["credential", "domain"])
async def test_an_unknown_account_is_refused(commands: Commands, kind: str) -> None:
    for arguments in ([kind, "add", "a.example", "--account", "nobody"], [kind, "list", "--account", "nobody"]):
        assert "There is no account “nobody”" in await commands.failure(*arguments)


async def test_what_cannot_be_a_user_name_or_a_domain_is_refused(commands: Commands) -> None:
    assert "must not be blank" in await commands.misuse("credential", "add", " ", "--account", "northwind")
    assert "“a@b.example” is no domain" in await commands.misuse("domain", "add", "a@b.example", "--account", "n")


# account sync


async def test_a_file_or_standard_input_is_synchronised(commands: Commands, tmp_path: Path) -> None:
    file = tmp_path / "accounts.ndjson"
    file.write_bytes(line(credentials=["a", "b"], domains=["acme.example"]) + line(externalId="globex"))
    assert await commands.output("account", "sync", str(file)) == (
        "Accounts: 2 created, 0 changed, 0 unchanged. User names: 2 added, 0 removed. Domains: 1 added, 0 removed.\n"
    )
    assert await commands.output("account", "sync", "-", given=line(name="A", credentials=["b"])) == (
        "Accounts: 0 created, 1 changed, 0 unchanged. User names: 0 added, 1 removed. Domains: 0 added, 0 removed.\n"
    )
    assert await commands.output("account", "list") == (
        f"{HEADER}acme\tA\tEurope/Paris\tnone\t1\t1\nglobex\tAcme\tEurope/Paris\tnone\t0\t0\n"
    )


async def test_every_bad_line_is_told_and_nothing_is_changed(commands: Commands) -> None:
    bad = line() + line(externalId="globex", timeZone="Asia/Kolkatta") + b"acme\n" + line()
    first, *others = (await commands.failure("account", "sync", "-", given=bad)).splitlines()
    assert first.startswith("line 2: timeZone: “Asia/Kolkatta” is no IANA time zone; the nearest are Asia/Kolkata, ")
    assert others == [
        "line 3: JSON is malformed: invalid character (byte 0)",
        "line 4: externalId: “acme” stands on line 1 already",
        "Nothing was changed: mend these lines and synchronise again.",
    ]
    assert await commands.output("account", "list") == HEADER


async def test_a_file_that_is_not_there_is_refused(commands: Commands, tmp_path: Path) -> None:
    assert "No such file" in await commands.misuse("account", "sync", str(tmp_path / "absent"))


# Where it is written


async def test_on_a_terminal_there_is_a_table(commands: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    await commands.output(*NORTHWIND[:4], "[red]Northwind[/red]", *NORTHWIND[5:])
    written = io.StringIO()
    terminal = Console(file=written, force_terminal=True, color_system=None, width=120, markup=False)
    monkeypatch.setattr(listing, "Console", lambda **_: terminal)
    assert await commands.output("account", "list") == ""
    table = written.getvalue()
    assert "┃ external id ┃ name " in table
    assert "│ northwind   │ [red]Northwind[/red] │ America/Toronto │ none " in table


async def test_a_database_that_is_not_migrated_ends_the_command_with_one_line(
    connection: asyncpg.Connection, commands: Commands
) -> None:
    version = await connection.fetchval("delete from alembic_version returning version_num")
    try:
        message = await commands.failure("account", "list")
    finally:
        await connection.execute("insert into alembic_version (version_num) values ($1)", version)
    assert message == "The database is not migrated: run `smtp-activity migrate`.\n"
