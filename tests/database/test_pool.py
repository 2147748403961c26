"""Pools and connections: their settings, their release, and what is said when the server cannot be reached."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from urllib.parse import urlsplit

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from database.errors import DatabaseUnusable
from database.pool import DATABASE_FAILURES, Pools, connect, open_pools

SETTINGS = ("timezone", "jit", "application_name")


async def test_both_pools_bound_a_statement_and_differ_in_planning(pools: Pools) -> None:
    for pool, mode in ((pools.page, "force_generic_plan"), (pools.search, "force_custom_plan")):
        assert [await pool.fetchval(f"show {name}") for name in SETTINGS] == ["UTC", "off", "smtp-activity"]
        assert await pool.fetchval("show statement_timeout") == "5s"
        assert await pool.fetchval("show plan_cache_mode") == mode


async def test_a_single_connection_has_no_statement_timeout(database_url: str) -> None:
    connection = await connect(database_url)
    try:
        assert [await connection.fetchval(f"show {name}") for name in SETTINGS] == ["UTC", "off", "smtp-activity"]
        assert await connection.fetchval("show statement_timeout") == "0"
    finally:
        await connection.close()


async def test_a_statement_that_takes_too_long_is_stopped(database_url: str) -> None:
    async with open_pools(database_url, size=1, statement_timeout=timedelta(milliseconds=50)) as pools:
        with pytest.raises(asyncpg.QueryCanceledError, match="statement timeout"):
            await pools.page.fetchval("select pg_sleep(5)")


async def test_a_release_sends_nothing_to_the_server(database_url: str, connection: asyncpg.Connection) -> None:
    async with open_pools(database_url, size=1, statement_timeout=timedelta(seconds=5)) as pools:
        async with pools.page.acquire() as pooled:
            process = await pooled.fetchval("select pg_backend_pid()")
        last = await connection.fetchval("select query from pg_stat_activity where pid = $1", process)
    assert last == "select pg_backend_pid()"


@pytest.mark.filterwarnings("default")
async def test_a_transaction_left_open_is_rolled_back(database_url: str) -> None:
    async with open_pools(database_url, size=1, statement_timeout=timedelta(seconds=5)) as pools:
        async with pools.page.acquire() as pooled:
            await pooled.execute("begin; create temp table left_over (id int)")
        assert await pools.page.fetchval("select to_regclass('left_over')") is None


async def test_a_pool_that_closes_waits_for_a_statement_and_for_no_longer(database_url: str) -> None:
    async with open_pools(database_url, size=2, statement_timeout=timedelta(seconds=5)) as pools:
        await pools.page.fetch("select 1")
        at_work = asyncio.create_task(pools.page.fetch("select 1 from pg_sleep(0.1)"))
        await asyncio.sleep(0)
        async with asyncio.timeout(5):
            await pools.page.close()
        assert at_work.done()
        assert len(await at_work) == 1


async def test_closed_pools_take_no_more(database_url: str) -> None:
    async with open_pools(database_url, size=2, statement_timeout=timedelta(seconds=5)) as pools:
        pass
    for pool in (pools.page, pools.search):
        with pytest.raises(asyncpg.InterfaceError, match="closed"):
            await pool.fetchval("select 1")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("postgresql://u:secret@127.0.0.1:1/d", "cannot be reached: .*127.0.0.1.*Check DATABASE_URL"),
        ("postgresql://u@/d?host=/nowhere", "cannot be reached: .*No such file"),
        ("mysql://u:secret@h/d", "cannot be reached: .*postgresql.*got 'mysql'"),
        ("postgresql://u@h/d?sslmode=often", "cannot be reached: .*sslmode.*verify-full"),
        # An unescaped / in a password makes a piece of it a port, which must not be repeated.
        ("postgresql://u:se/cret@h/d", "is not understood: .*%XX"),
    ],
)
async def test_a_server_that_cannot_be_reached_is_one_line_without_the_password(url: str, message: str) -> None:
    with pytest.raises(DatabaseUnusable, match=message) as refusal:
        await connect(url)
    assert "\n" not in str(refusal.value)
    assert "secret" not in str(refusal.value)
    assert "'se" not in str(refusal.value)
    with pytest.raises(DatabaseUnusable, match=message):
        async with open_pools(url, size=1, statement_timeout=timedelta(seconds=1)):
            pass


async def test_a_database_that_does_not_exist_is_one_line(database_url: str) -> None:
    with pytest.raises(DatabaseUnusable, match='cannot be reached: database "nowhere" does not exist'):
        await connect(urlsplit(database_url)._replace(path="/nowhere").geturl())


async def test_tls_options_in_the_url_count() -> None:
    asked = []

    async def refuse_tls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readexactly(8))
        writer.write(b"N")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(refuse_tls, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        with pytest.raises(DatabaseUnusable, match="rejected SSL upgrade"):
            await connect(f"postgresql://u@127.0.0.1:{port}/d?sslmode=require")
    # The SSLRequest message: its length, 8, and the code 80877103.
    assert asked == [bytes.fromhex("0000000804d2162f")]


async def test_a_connection_stays_at_hand_for_whoever_asks_next(database_url: str) -> None:
    async with open_pools(database_url, size=2, statement_timeout=timedelta(seconds=5)) as pools:
        pool = pools.page
        ((first,),) = await pool.fetch("select pg_backend_pid()")
        assert (pool.get_size(), pool.get_idle_size()) == (1, 1)
        async with pool.acquire() as one:
            assert await one.fetchval("select pg_backend_pid()") == first
            ((other,),) = await pool.fetch("select pg_backend_pid()")
            assert other != first
        assert (pool.get_size(), pool.get_idle_size()) == (2, 2)
        # The one that was used last.
        assert [tuple(row) for row in await pool.fetch("select pg_backend_pid()")] == [(other,)]
        await pool.give_back()
        assert (pool.get_size(), pool.get_idle_size()) == (2, 2)


async def test_who_waits_gets_the_connection_that_a_statement_used(database_url: str) -> None:
    async with open_pools(database_url, size=1, statement_timeout=timedelta(seconds=5)) as pools:
        await pools.page.fetch("select 1")
        many = [pools.page.fetch("select pg_sleep(0.01)") for _ in range(3)]
        async with asyncio.timeout(5):
            await asyncio.gather(*many, pools.page.fetchval("select 1"))
        assert pools.page.waiting == 0
        assert (pools.page.get_size(), pools.page.get_idle_size()) == (1, 1)


async def test_who_gives_up_waiting_takes_nobody_elses_turn(database_url: str) -> None:
    async with open_pools(database_url, size=1, statement_timeout=timedelta(seconds=5)) as pools:
        pool = pools.page
        async with pool.acquire():
            waiting = [asyncio.create_task(pool.fetch("select 1")) for _ in range(3)]
            with pytest.raises(TimeoutError):
                await pool.acquire(timeout=0.01)
            waiting[0].cancel()
        # The second is handed the connection, and cancelled before it can take it.
        await asyncio.sleep(0)
        waiting[1].cancel()
        async with asyncio.timeout(5):
            ended = await asyncio.gather(*waiting, return_exceptions=True)
        assert [type(each) for each in ended][::2] == [asyncio.CancelledError, list]
        assert (pool.waiting, pool.get_size(), pool.get_idle_size()) == (0, 1, 1)


@given(
    st.lists(
        st.tuples(st.sampled_from(["fetch", "acquire", "fail"]), st.integers(0, 3), st.sampled_from([None, 0, 1, 3])),
        max_size=12,
    ),
    st.integers(1, 3),
)
@settings(max_examples=25, suppress_health_check=list(HealthCheck))
async def test_every_connection_comes_back_whatever_is_asked_at_once(
    database_url: str, asked: list[tuple[str, int, int | None]], size: int
) -> None:
    async with open_pools(database_url, size=size, statement_timeout=timedelta(seconds=5)) as pools:
        pool = pools.page

        async def ask(how: str, turns: int) -> None:
            for _ in range(turns):
                await asyncio.sleep(0)
            if how == "acquire":
                async with pool.acquire() as connection:
                    await connection.fetch("select 1")
            else:
                await pool.fetch("select 1 / 0" if how == "fail" else "select 1")

        tasks = [(asyncio.create_task(ask(how, turns)), cancelled) for how, turns, cancelled in asked]
        for turn in range(4):
            for task, cancelled in tasks:
                if cancelled == turn:
                    task.cancel()
            await asyncio.sleep(0)
        async with asyncio.timeout(10):
            ended = await asyncio.gather(*(task for task, _ in tasks), return_exceptions=True)
            # All of it can be had at once.
            await asyncio.gather(*(pool.fetch("select 1") for _ in range(size)))
        assert {type(each) for each in ended} <= {type(None), asyncio.CancelledError, asyncpg.DivisionByZeroError}
        assert pool.waiting == 0
        assert pool.get_idle_size() == pool.get_size()


async def test_a_statement_that_fails_or_is_cancelled_leaves_no_trace(database_url: str) -> None:
    async with open_pools(database_url, size=1, statement_timeout=timedelta(seconds=5)) as pools:
        with pytest.raises(asyncpg.DivisionByZeroError):
            await pools.page.fetch("select 1 / 0")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await pools.page.fetch("select pg_sleep(5)")
        async with asyncio.timeout(2):
            assert await pools.page.fetchval("select 1") == 1
        assert (pools.page.get_size(), pools.page.get_idle_size()) == (1, 1)


async def test_a_connection_that_ended_at_hand_is_replaced(database_url: str, connection: asyncpg.Connection) -> None:
    async with open_pools(database_url, size=1, statement_timeout=timedelta(seconds=5)) as pools:
        ((process,),) = await pools.page.fetch("select pg_backend_pid()")
        await connection.execute("select pg_terminate_backend($1, 5000)", process)
        other = process
        async with asyncio.timeout(5):
            while other == process:
                # A statement that is sent before the end is noticed fails with it.
                with suppress(*DATABASE_FAILURES):
                    ((other,),) = await pools.page.fetch("select pg_backend_pid()")
        assert (pools.page.get_size(), pools.page.get_idle_size()) == (1, 1)
