"""The commands `maintain`, `erase` and `unattributed retry`."""

import re
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest

from database.partitions import existing_months, month_after
from models.clock import utc_now
from tests.cli.commands import Commands
from tests.cli.test_ingest import DATED, log
from tests.conftest import NOW
from tests.graphql_api.rows import insert_account, insert_activity

__all__ = ("log",)

ERASE = ("erase", "--account", "northwind", "--recipient", "ana@ok.test")
NOTHING_ERASED = (
    "smtp_activity: 0 removed, 0 changed\n"
    "smtp_event: 0 removed, 0 changed\n"
    "relay_message: 0 changed\n"
    "parked_event: 0 changed\n"
    "unattributed_event: 0 changed\n"
)


# unattributed retry


async def test_kept_events_find_their_account_after_a_mapping_was_added(
    northwind: Commands, log: Path, connection: asyncpg.Connection
) -> None:
    northwind.environment["SMTP_ACTIVITY_TRUSTED_NETWORKS"] = '["127.0.0.0/8"]'
    await northwind.output("ingest", "postfix", str(log), *DATED)
    nothing = "New rows: 0, changed rows: 0; events that were too old: 0, still unattributed: {}.\n"
    assert await northwind.output("unattributed", "retry") == nothing.format(1)
    await northwind.output("domain", "add", "stranger.test", "--account", "northwind")
    found = await northwind.output("unattributed", "retry")
    assert found == "New rows: 1, changed rows: 0; events that were too old: 0, still unattributed: 0.\n"
    assert await connection.fetchval("select status from smtp_activity where recipient = 'bob@ok.test'") == "REJECTED"
    assert await northwind.output("unattributed", "retry") == nothing.format(0)


async def test_a_domain_of_untrusted_clients_stays_unattributed(northwind: Commands, log: Path) -> None:
    await northwind.output("ingest", "postfix", str(log), *DATED)
    await northwind.output("domain", "add", "stranger.test", "--account", "northwind")
    kept = "New rows: 0, changed rows: 0; events that were too old: 0, still unattributed: 1.\n"
    assert await northwind.output("unattributed", "retry") == kept


# maintain


async def test_maintain_says_what_it_did_and_a_dry_run_what_it_would_do(
    commands: Commands, connection: asyncpg.Connection
) -> None:
    # The command has the real clock, and other tests need the months around NOW.
    commands.environment["SMTP_ACTIVITY_RETENTION_DAYS"] = "36500"
    await commands.output("maintain")
    account = await insert_account(connection, "northwind", "UTC", None)
    await insert_activity(connection, account, NOW - timedelta(days=30))
    await commands.output("account", "update", "northwind", "--retention-days", "1")
    lines = (
        "Months made: none; dropped: none.\n"
        "Deleted for accounts that keep less: activities 1, events 0.\n"
        "Deleted from ingest's memory: messages 0, waiting events 0, unattributed events 0,"
        " hashes of erased addresses 0.\n"
    )
    dry = await commands.output("maintain", "--dry-run")
    assert dry == lines + "This is what would be done: nothing was changed.\n"
    assert await connection.fetchval("select count(*) from smtp_activity") == 1
    assert await commands.output("maintain") == lines
    assert await connection.fetchval("select count(*) from smtp_activity") == 0


async def test_maintain_makes_the_months_ahead(commands: Commands, connection: asyncpg.Connection) -> None:
    commands.environment["SMTP_ACTIVITY_RETENTION_DAYS"] = "36500"
    await commands.output("maintain")
    this = utc_now().date().replace(day=1)
    assert {this, month_after(this), month_after(month_after(this))} <= set(await existing_months(connection))


async def test_maintain_leaves_it_to_the_process_that_is_at_it(
    commands: Commands, connection: asyncpg.Connection
) -> None:
    await connection.execute("select pg_advisory_lock(hashtext('smtp-activity'), hashtext('maintain'))")
    busy = "Another process maintains the database at the moment.\n"
    assert await commands.failure("maintain") == busy


@pytest.mark.parametrize("days", ["0", "many", "36501"])
async def test_a_retention_that_is_none_is_refused(commands: Commands, days: str) -> None:
    message = await commands.misuse("account", "update", "northwind", "--retention-days", days)
    assert f"“{days}” is no number of days from 1 to 36500, nor “none”." in message


async def test_a_retention_is_set_and_taken_back(commands: Commands, connection: asyncpg.Connection) -> None:
    await insert_account(connection, "northwind", "UTC", None)
    for given, stored in (("90", 90), ("none", None)):
        await commands.output("account", "update", "northwind", "--retention-days", given)
        assert await connection.fetchval("select retention_days from account") == stored


# erase


async def test_erase_counts_the_rows_of_each_table(
    northwind: Commands, log: Path, connection: asyncpg.Connection
) -> None:
    await northwind.output("ingest", "postfix", str(log), *DATED)
    removed = NOTHING_ERASED.replace("activity: 0 removed", "activity: 1 removed")
    assert await northwind.output(*ERASE) == re.sub("event: 0 removed", "event: 3 removed", removed)
    assert await northwind.output(*ERASE) == NOTHING_ERASED
    await connection.execute("truncate ingest_source")
    await northwind.output("ingest", "postfix", str(log), *DATED)
    assert await connection.fetchval("select count(*) from smtp_activity") == 0


async def test_a_pseudonymised_address_is_searched_by_its_pseudonym(
    northwind: Commands, log: Path, connection: asyncpg.Connection
) -> None:
    await northwind.output("ingest", "postfix", str(log), *DATED)
    assert "smtp_activity: 0 removed, 1 changed" in await northwind.output(*ERASE, "--pseudonymise")
    recipient = await connection.fetchval("select recipient from smtp_activity")
    assert re.fullmatch("erased-[0-9a-f]{24}", recipient)


async def test_erase_again_finds_nothing_where_nothing_came_back(northwind: Commands, log: Path) -> None:
    await northwind.output("ingest", "postfix", str(log), *DATED)
    await northwind.output(*ERASE)
    assert await northwind.output("erase", "--again") == NOTHING_ERASED


async def test_an_unknown_account_is_named(commands: Commands) -> None:
    assert "northwind" in await commands.failure(*ERASE)


@pytest.mark.parametrize(
    "arguments",
    [
        ("erase",),
        ("erase", "--account", "northwind"),
        ("erase", "--recipient", "ana@ok.test"),
        ("erase", "--again", "--pseudonymise"),
        (*ERASE, "--again"),
    ],
)
async def test_erase_wants_an_account_and_an_address_or_nothing_but_again(
    commands: Commands, arguments: tuple[str, ...]
) -> None:
    assert "Give --account and --recipient, or --again alone." in await commands.misuse(*arguments)


async def test_what_is_no_address_is_refused(commands: Commands) -> None:
    message = await commands.misuse("erase", "--account", "northwind", "--recipient", "ana")
    assert "“ana” is no address, such as ana@northwind.example." in message
