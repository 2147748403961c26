"""Accounts in the database: found and remembered, made, changed and listed."""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from auth.viewer import ViewerAccount
from database.account_errors import AccountExists, NameTaken, UnknownAccount
from database.accounts import (
    AccountChanges,
    Accounts,
    ListedAccount,
    create_account,
    find_account,
    get_account,
    list_accounts,
    update_account,
)
from database.owned_names import CREDENTIALS, DOMAINS
from database.pool import Pools
from models.account_fields import FOREVER

TTL = timedelta(seconds=5)
PLAN = datetime(2027, 1, 1, 5, tzinfo=UTC)


async def create(
    connection: asyncpg.Connection, external_id: str, *, zone: str = "America/Toronto", plan: datetime | None = PLAN
) -> ViewerAccount:
    account_id = await create_account(
        connection, external_id=external_id, name=external_id.title(), time_zone=zone, smtp_plan_active_until=plan
    )
    return ViewerAccount(account_id, external_id, external_id.title(), ZoneInfo(zone), plan)


# Reading and writing


async def test_a_created_account_is_found_by_its_external_id_alone(connection: asyncpg.Connection) -> None:
    northwind = await create(connection, "northwind")
    assert await find_account(connection, "northwind") == northwind
    assert await find_account(connection, "Northwind") is None


async def test_an_account_is_created_once(connection: asyncpg.Connection) -> None:
    northwind = await create(connection, "northwind")
    with pytest.raises(AccountExists, match="There is an account “northwind” already"):
        await create(connection, "northwind", zone="Europe/Paris")
    assert await find_account(connection, "northwind") == northwind


async def test_a_plan_without_end_is_postgresqls_infinity_and_active_for_ever(
    connection: asyncpg.Connection,
) -> None:
    await create(connection, "northwind", plan=FOREVER)
    assert await connection.fetchval("select smtp_plan_active_until = 'infinity' from account")
    account = await get_account(connection, "northwind")
    assert account.smtp_plan_active_until == FOREVER
    assert account.has_active_smtp_plan(datetime(9999, 12, 31, tzinfo=UTC))


async def test_an_account_without_a_plan_has_none(connection: asyncpg.Connection) -> None:
    await create(connection, "globex", plan=None)
    account = await get_account(connection, "globex")
    assert account.smtp_plan_active_until is None
    assert not account.has_active_smtp_plan(datetime(1970, 1, 1, tzinfo=UTC))


async def test_an_unknown_zone_is_shown_in_utc_and_told(
    connection: asyncpg.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    await connection.execute("insert into account (external_id, name, time_zone) values ('odd', 'Odd', 'Mars/Olympus')")
    with caplog.at_level(logging.WARNING):
        account = await get_account(connection, "odd")
    assert account.time_zone == ZoneInfo("UTC")
    assert "account odd is shown in UTC: “Mars/Olympus” is no IANA time zone" in caplog.text


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"name": "North Wind"}, ("North Wind", "America/Toronto", PLAN)),
        ({"time_zone": "Europe/Paris"}, ("Northwind", "Europe/Paris", PLAN)),
        ({"smtp_plan_active_until": None}, ("Northwind", "America/Toronto", None)),
        ({"smtp_plan_active_until": FOREVER, "name": "N"}, ("N", "America/Toronto", FOREVER)),
    ],
)
async def test_an_update_changes_what_is_given_in_one_account(
    connection: asyncpg.Connection, changes: AccountChanges, expected: tuple[object, ...]
) -> None:
    await create(connection, "northwind")
    acme = await create(connection, "acme")
    await update_account(connection, "northwind", changes)
    changed = await get_account(connection, "northwind")
    assert (changed.name, changed.time_zone.key, changed.smtp_plan_active_until) == expected
    assert await get_account(connection, "acme") == acme


async def test_an_account_that_is_not_there_is_named(connection: asyncpg.Connection) -> None:
    actions: list[Callable[[], Any]] = [
        lambda: update_account(connection, "nobody", {"name": "N"}),
        lambda: get_account(connection, "nobody"),
        lambda: CREDENTIALS.add(connection, "nobody", "user"),
        lambda: DOMAINS.add(connection, "nobody", "nobody.example"),
        lambda: DOMAINS.listed(connection, "nobody"),
    ]
    for action in actions:
        with pytest.raises(UnknownAccount, match="There is no account “nobody”"):
            await action()


async def test_accounts_are_listed_by_external_id_with_what_they_have(connection: asyncpg.Connection) -> None:
    assert await list_accounts(connection) == []
    northwind = await create(connection, "northwind")
    acme = await create(connection, "acme", plan=FOREVER)
    for name in ("a", "b"):
        await CREDENTIALS.add(connection, "northwind", name)
    await DOMAINS.add(connection, "acme", "acme.example")
    assert await list_accounts(connection) == [ListedAccount(acme, 0, 1), ListedAccount(northwind, 2, 0)]


# SMTP user names and sending domains


async def test_a_name_is_added_once(connection: asyncpg.Connection) -> None:
    await create(connection, "northwind")
    assert await CREDENTIALS.add(connection, "northwind", "user") is True
    assert await CREDENTIALS.add(connection, "northwind", "user") is False
    assert await CREDENTIALS.listed(connection) == [("user", "northwind")]


async def test_another_accounts_name_is_refused_with_its_owner(connection: asyncpg.Connection) -> None:
    await create(connection, "northwind")
    await create(connection, "acme")
    await CREDENTIALS.add(connection, "northwind", "user")
    await DOMAINS.add(connection, "northwind", "northwind.example")
    with pytest.raises(NameTaken, match=r"^The SMTP user name “user” belongs to the account “northwind”\.$"):
        await CREDENTIALS.add(connection, "acme", "user")
    with pytest.raises(
        NameTaken, match=r"^The sending domain “northwind\.example” belongs to the account “northwind”\.$"
    ):
        await DOMAINS.add(connection, "acme", "northwind.example")
    assert await CREDENTIALS.listed(connection, "acme") == []
    assert await DOMAINS.listed(connection) == [("northwind.example", "northwind")]


async def test_user_names_and_domains_are_apart(connection: asyncpg.Connection) -> None:
    await create(connection, "northwind")
    await create(connection, "acme")
    await CREDENTIALS.add(connection, "northwind", "same.example")
    assert await DOMAINS.add(connection, "acme", "same.example") is True


async def test_names_are_listed_in_order_for_all_or_for_one(connection: asyncpg.Connection) -> None:
    await create(connection, "northwind")
    await create(connection, "acme")
    for account, name in (("northwind", "c"), ("acme", "b"), ("northwind", "a")):
        await CREDENTIALS.add(connection, account, name)
    assert await CREDENTIALS.listed(connection) == [("a", "northwind"), ("b", "acme"), ("c", "northwind")]
    assert await CREDENTIALS.listed(connection, "northwind") == [("a", "northwind"), ("c", "northwind")]


# The memory


class Time:
    """A clock that is set by hand."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, duration: timedelta) -> None:
        self.now += duration


@pytest.fixture
def time(now: datetime) -> Time:
    return Time(now)


async def test_an_account_is_remembered_until_ttl_has_passed(
    connection: asyncpg.Connection, pools: Pools, time: Time
) -> None:
    accounts = Accounts(pools.page, time, TTL)
    northwind = await create(connection, "northwind")
    assert await accounts.find("northwind") == northwind
    await update_account(connection, "northwind", {"smtp_plan_active_until": None})
    time.pass_by(TTL - timedelta(microseconds=1))
    assert await accounts.find("northwind") == northwind
    time.pass_by(timedelta(microseconds=1))
    changed = await accounts.find("northwind")
    assert changed is not None
    assert changed.smtp_plan_active_until is None


async def test_that_there_is_no_account_is_remembered_too(
    connection: asyncpg.Connection, pools: Pools, time: Time
) -> None:
    accounts = Accounts(pools.page, time, TTL)
    assert await accounts.find("northwind") is None
    northwind = await create(connection, "northwind")
    assert await accounts.find("northwind") is None
    time.pass_by(TTL)
    assert await accounts.find("northwind") == northwind


async def test_without_ttl_nothing_is_remembered(connection: asyncpg.Connection, pools: Pools, time: Time) -> None:
    accounts = Accounts(pools.page, time, timedelta())
    assert await accounts.find("northwind") is None
    northwind = await create(connection, "northwind")
    assert await accounts.find("northwind") == northwind


async def test_only_so_many_are_remembered_and_the_oldest_goes_first(
    connection: asyncpg.Connection, pools: Pools, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Accounts, "MAX_REMEMBERED", 2)
    accounts = Accounts(pools.page, time, TTL)
    for name in ("a", "b", "c"):
        assert await accounts.find(name) is None
    for name in ("a", "b", "c"):
        await create(connection, name)
    assert await accounts.find("c") is None
    assert await accounts.find("b") is None
    assert await accounts.find("a") is not None
    assert await accounts.find("b") is not None


class CountingPool:
    """A pool that counts, can be held up, and can fail: what a real one does only when it is under pressure."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool
        self.acquired = 0
        self.open = asyncio.Event()
        self.failure: Exception | None = None

    def acquire(self) -> "CountingPool":
        return self

    async def __aenter__(self) -> Any:
        self.acquired += 1
        await self.open.wait()
        if self.failure is not None:
            raise self.failure
        self.connection = await self.pool.acquire()
        return self.connection

    async def __aexit__(self, *_: object) -> None:
        await self.pool.release(self.connection)

    def accounts(self, time: Time) -> Accounts:
        return Accounts(cast(asyncpg.Pool, self), time, TTL)


async def test_all_who_ask_at_once_share_one_read(connection: asyncpg.Connection, pools: Pools, time: Time) -> None:
    northwind = await create(connection, "northwind")
    pool = CountingPool(pools.page)
    accounts = pool.accounts(time)
    waiting = [asyncio.create_task(accounts.find("northwind")) for _ in range(20)]
    await asyncio.sleep(0)
    pool.open.set()
    assert await asyncio.gather(*waiting) == [northwind] * 20
    assert pool.acquired == 1


async def test_who_gives_up_does_not_end_the_read_for_the_others(
    connection: asyncpg.Connection, pools: Pools, time: Time
) -> None:
    northwind = await create(connection, "northwind")
    pool = CountingPool(pools.page)
    accounts = pool.accounts(time)
    first, second = (asyncio.create_task(accounts.find("northwind")) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    pool.open.set()
    assert await second == northwind
    with pytest.raises(asyncio.CancelledError):
        await first
    assert pool.acquired == 1


async def test_a_failure_is_told_to_all_who_wait_and_not_remembered(
    connection: asyncpg.Connection, pools: Pools, time: Time
) -> None:
    northwind = await create(connection, "northwind")
    pool = CountingPool(pools.page)
    accounts = pool.accounts(time)
    pool.failure = ConnectionResetError()
    pool.open.set()
    results = await asyncio.gather(*(accounts.find("northwind") for _ in range(2)), return_exceptions=True)
    assert [type(result) for result in results] == [ConnectionResetError] * 2
    pool.failure = None
    assert await accounts.find("northwind") == northwind
    assert pool.acquired == 2


async def test_an_old_failure_does_not_end_a_newer_read(
    connection: asyncpg.Connection, pools: Pools, time: Time
) -> None:
    northwind = await create(connection, "northwind")
    pool = CountingPool(pools.page)
    accounts = pool.accounts(time)
    old = asyncio.create_task(accounts.find("northwind"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    time.pass_by(TTL)
    new = asyncio.create_task(accounts.find("northwind"))
    pool.failure = ConnectionResetError()
    pool.open.set()
    with pytest.raises(ConnectionResetError):
        await old
    pool.failure = None
    with pytest.raises(ConnectionResetError):
        await new
    assert await accounts.find("northwind") == northwind
