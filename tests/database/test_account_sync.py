"""`sync_accounts`: all lines or none, the same again changes nothing."""

import asyncio
import json
from datetime import UTC, datetime

import asyncpg
import pytest

from database.account_errors import SyncRefused
from database.account_sync import SyncSummary, sync_accounts
from database.accounts import list_accounts
from database.owned_names import CREDENTIALS, DOMAINS, OwnedNames, Replaced
from models.account_fields import FOREVER

NOTHING = Replaced(0, 0, [])


def line(external_id: str, **changes: object) -> bytes:
    stated = {
        "externalId": external_id,
        "name": external_id.title(),
        "timeZone": "Europe/Paris",
        "planActiveUntil": "forever",
    }
    return json.dumps(stated | changes).encode()


async def names(connection: asyncpg.Connection, table: OwnedNames) -> dict[str, str]:
    return dict(await table.listed(connection))


async def state(connection: asyncpg.Connection) -> object:
    return (
        [(account, *counts) for account, *counts in await list_accounts(connection)],
        await names(connection, CREDENTIALS),
        await names(connection, DOMAINS),
    )


async def test_accounts_become_what_their_lines_say(connection: asyncpg.Connection) -> None:
    lines = [
        line("northwind", timeZone="America/Toronto", planActiveUntil="2027-01-01T00:00:00-05:00"),
        line("acme", credentials=["acme1", "acme2"], domains=["Acme.example"]),
        line("globex", planActiveUntil=None),
    ]
    done = await sync_accounts(connection, lines)
    assert done == SyncSummary(3, 0, 0, Replaced(2, 0, []), Replaced(1, 0, []))
    listed = [account for account, *_ in await list_accounts(connection)]
    assert [(a.external_id, a.name, a.time_zone.key, a.smtp_plan_active_until) for a in listed] == [
        ("acme", "Acme", "Europe/Paris", FOREVER),
        ("globex", "Globex", "Europe/Paris", None),
        ("northwind", "Northwind", "America/Toronto", datetime(2027, 1, 1, 5, tzinfo=UTC)),
    ]
    assert await names(connection, CREDENTIALS) == {"acme1": "acme", "acme2": "acme"}
    assert await names(connection, DOMAINS) == {"acme.example": "acme"}


async def test_the_same_lines_again_in_any_order_change_nothing(connection: asyncpg.Connection) -> None:
    lines = [
        line("northwind", credentials=["n"], domains=["n.example"]),
        line("acme", planActiveUntil="2027-01-01T00:00:00Z"),
        line("globex", planActiveUntil=None),
    ]
    await sync_accounts(connection, lines)
    before = await state(connection)
    assert await sync_accounts(connection, reversed(lines)) == SyncSummary(0, 0, 3, NOTHING, NOTHING)
    assert await state(connection) == before


@pytest.mark.parametrize(
    "change",
    [{"name": "N"}, {"timeZone": "UTC"}, {"planActiveUntil": None}, {"planActiveUntil": "2027-01-01T00:00:00Z"}],
)
async def test_a_changed_account_keeps_its_id(connection: asyncpg.Connection, change: dict[str, object]) -> None:
    await sync_accounts(connection, [line("northwind"), line("acme")])
    before = {account.external_id: account for account, *_ in await list_accounts(connection)}
    done = await sync_accounts(connection, [line("northwind", **change), line("acme")])
    assert (done.created, done.changed, done.unchanged) == (0, 1, 1)
    after = {account.external_id: account for account, *_ in await list_accounts(connection)}
    assert after["acme"] == before["acme"]
    assert after["northwind"].id == before["northwind"].id
    assert after["northwind"] != before["northwind"]


async def test_names_become_exactly_those_of_the_line(connection: asyncpg.Connection) -> None:
    await sync_accounts(connection, [line("northwind", credentials=["a", "b"], domains=["a.example"])])
    done = await sync_accounts(connection, [line("northwind", credentials=["b", "c"], domains=[])])
    assert (done.credentials, done.domains) == (Replaced(1, 1, []), Replaced(0, 1, []))
    assert await names(connection, CREDENTIALS) == {"b": "northwind", "c": "northwind"}
    assert await names(connection, DOMAINS) == {}


async def test_names_without_their_field_and_accounts_without_a_line_stay(connection: asyncpg.Connection) -> None:
    await sync_accounts(connection, [line("northwind", credentials=["n"]), line("acme", credentials=["a"])])
    before = await state(connection)
    assert await sync_accounts(connection, [line("northwind")]) == SyncSummary(0, 0, 1, NOTHING, NOTHING)
    assert await sync_accounts(connection, []) == SyncSummary(0, 0, 0, NOTHING, NOTHING)
    assert await state(connection) == before


async def test_a_name_moves_when_its_owners_line_lets_it_go(connection: asyncpg.Connection) -> None:
    await sync_accounts(connection, [line("northwind", credentials=["x"]), line("acme", credentials=["y"])])
    done = await sync_accounts(connection, [line("acme", credentials=["x"]), line("northwind", credentials=["y"])])
    assert done.credentials == Replaced(2, 2, [])
    assert await names(connection, CREDENTIALS) == {"x": "acme", "y": "northwind"}


@pytest.mark.parametrize("owners_line", [[], [line("northwind")]])
async def test_a_name_that_its_owner_keeps_is_refused_with_its_line(
    connection: asyncpg.Connection, owners_line: list[bytes]
) -> None:
    await sync_accounts(connection, [line("northwind", credentials=["x"], domains=["x.example"])])
    before = await state(connection)
    thief = line("acme", credentials=["free", "x"], domains=["x.example"])
    with pytest.raises(SyncRefused) as refusal:
        await sync_accounts(connection, [b"", *owners_line, line("globex"), thief])
    number = 3 + len(owners_line)
    assert str(refusal.value).splitlines() == [
        f"line {number}: credentials: “x” belongs to the account “northwind”",
        f"line {number}: domains: “x.example” belongs to the account “northwind”",
        "Nothing was changed: mend these lines and synchronise again.",
    ]
    assert await state(connection) == before


async def test_one_bad_line_and_nothing_is_changed(connection: asyncpg.Connection) -> None:
    with pytest.raises(SyncRefused) as refusal:
        await sync_accounts(connection, [line("northwind"), line("acme", timeZone="Paris"), b"{"])
    assert [problem.line for problem in refusal.value.problems] == [2, 3]
    assert await list_accounts(connection) == []


async def test_thousands_of_lines_take_as_many_statements_as_one(connection: asyncpg.Connection) -> None:
    def lines(count: int) -> list[bytes]:
        return [line(f"account{n}", credentials=[f"user{n}"], domains=[f"account{n}.example"]) for n in range(count)]

    await sync_accounts(connection, lines(1))  # asyncpg asks for types that it meets for the first time
    statements: list[str] = []
    connection.add_query_logger(lambda query: statements.append(query.query))
    await sync_accounts(connection, lines(1))
    await asyncio.sleep(0)  # the logger is called a moment later
    for_one = len(statements)
    done = await sync_accounts(connection, lines(5_000))
    assert (done.created, done.unchanged, done.credentials.added, done.domains.added) == (4_999, 1, 4_999, 4_999)
    await asyncio.sleep(0)
    assert len(statements) == 2 * for_one == 20
