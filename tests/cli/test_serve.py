"""`smtp-activity serve` as a real process: real clients, a clean stop, a log that keeps secrets."""

import asyncio
import json
import re
import signal
import socket
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime, timedelta
from os import environ, killpg
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from gql import Client, gql
from gql.transport.httpx import HTTPXAsyncTransport

from auth.keys import signing_key
from auth.permissions import Role
from auth.tokens import issue_token
from graphql_api.settings import Settings
from models.account_fields import FOREVER
from models.clock import utc_now
from tests.cli.commands import Commands
from tests.graphql_api.rows import insert_account, insert_activity

# The rows stand where the tests' months are; the process has the real clock.
SENT_AT_ANY_TIME = '{period: {instants: {from: "2026-11-01T00:00:00Z", to: "2026-12-01T00:00:00Z"}}}'
RECIPIENTS = f"query Recipients {{ smtpActivities(filter: {SENT_AT_ANY_TIME}) {{ nodes {{ recipient }} }} }}"
_WAITING = """
select exists (
    select from pg_locks join pg_database on oid = database where datname = current_database() and not granted
)
"""
AMELIE = {"smtpActivities": {"nodes": [{"recipient": "amelie@example.com"}]}}
HTTP_AUDIT = Path(__file__).parents[1] / "http_audit" / "audit.js"
STARTS_WITHIN = 30
STOPS_WITHIN = 20


class Server:
    """A running service."""

    def __init__(self, process: asyncio.subprocess.Process, port: int, token: str) -> None:
        self.process = process
        self.url = f"http://127.0.0.1:{port}"
        self.headers = {"Authorization": f"Bearer {token}"}

    async def ask(self, query: str, **variables: Any) -> httpx.Response:
        """One answer, on a connection of its own."""
        async with httpx.AsyncClient(base_url=self.url, headers=self.headers) as client:
            return await client.post("/graphql", json={"query": query, "variables": variables})

    async def stop(self) -> tuple[int, list[dict[str, Any]]]:
        """End it by SIGTERM; the exit code, and the log."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        _, written = await asyncio.wait_for(self.process.communicate(), STOPS_WITHIN)
        assert self.process.returncode is not None
        return self.process.returncode, [json.loads(line) for line in written.splitlines()]

    async def started(self) -> None:
        """Wait until it is ready."""
        async with httpx.AsyncClient(base_url=self.url) as client:
            for _ in range(STARTS_WITHIN * 10):
                assert self.process.returncode is None
                try:
                    assert (await client.get("/readyz")).text == "ready\n"
                except httpx.TransportError:
                    await asyncio.sleep(0.1)
                else:
                    return
        raise TimeoutError


Serve = Callable[..., AbstractAsyncContextManager[Server]]


@pytest.fixture
async def recipient(connection: asyncpg.Connection, now: datetime) -> None:
    """An activity of northwind."""
    account = await insert_account(connection, "northwind", "America/Toronto", FOREVER)
    await insert_activity(connection, account, now - timedelta(hours=1), recipient="amelie@example.com")


@pytest.fixture
def serve(database_url: str, tmp_path: Path) -> Serve:
    """Runs the service with these arguments."""
    settings = Settings.model_validate({"DATABASE_URL": database_url, "data_directory": tmp_path})
    token = issue_token(
        signing_key(settings.load_token_keys()),
        settings.token_dialect,
        subject="user-42",
        account="northwind",
        role=Role.REGULAR,
        now=utc_now(),
        lifetime=timedelta(hours=1),
    )

    @asynccontextmanager
    async def run(*arguments: str) -> AsyncIterator[Server]:
        port = free_port()
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-c", "from cli.main import main; main()", "serve", "--port", str(port), *arguments),
            env=environ | {"DATABASE_URL": database_url, "SMTP_ACTIVITY_DATA_DIRECTORY": str(tmp_path)},
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        try:
            server = Server(process, port, token)
            await server.started()
            yield server
        finally:
            if process.returncode is None:
                # Its workers as well, or their end of the pipe is waited for.
                killpg(process.pid, signal.SIGKILL)
                await process.communicate()

    return run


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@pytest.mark.usefixtures("recipient")
async def test_a_client_that_reads_the_schema_first_gets_its_rows(serve: Serve) -> None:
    async with serve() as server:
        transport = HTTPXAsyncTransport(f"{server.url}/graphql", headers=server.headers)
        async with Client(transport=transport, fetch_schema_from_transport=True) as session:
            assert await session.execute(gql(RECIPIENTS)) == AMELIE
            assert session.client.schema is not None
            assert session.client.schema.get_type("SmtpActivity") is not None
        exit_code, _ = await server.stop()
    assert exit_code == 0


@pytest.mark.usefixtures("recipient")
@pytest.mark.parametrize("workers", ["1", "2"])
async def test_a_stop_finishes_the_requests_in_flight(
    serve: Serve, connection: asyncpg.Connection, workers: str
) -> None:
    before = await services(connection)
    async with serve("--workers", workers) as server:
        # A worker that still starts is no worker that stops well.
        await services_started(connection, before + int(workers))
        async with connection.transaction():
            # Whoever reads activities waits for this lock.
            await connection.execute("lock table smtp_activity in access exclusive mode")
            asked = asyncio.create_task(server.ask(RECIPIENTS))
            await somebody_waiting(connection)
            stopped = asyncio.create_task(server.stop())
            await no_longer_listening(server)
            assert not asked.done()
            assert not stopped.done()
        response = await asked
        exit_code, log = await stopped
    assert response.status_code == 200
    assert response.json()["data"] == AMELIE
    assert exit_code == 0
    assert [line["outcome"] for line in log if line.get("operation") == "Recipients"] == ["ok"]


async def services(connection: asyncpg.Connection) -> int:
    """How many workers have opened their two pools."""
    mine = "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
    return int(await connection.fetchval(mine)) // 2


async def services_started(connection: asyncpg.Connection, number: int) -> None:
    """Wait until so many have."""
    async with asyncio.timeout(STARTS_WITHIN):
        while True:
            if await services(connection) >= number:
                return
            await asyncio.sleep(0.1)


async def somebody_waiting(connection: asyncpg.Connection) -> None:
    """Wait until a statement waits for a lock."""
    async with asyncio.timeout(STOPS_WITHIN):
        while True:
            if await connection.fetchval(_WAITING):
                return
            await asyncio.sleep(0.02)


async def no_longer_listening(server: Server) -> None:
    """Wait until new connections are refused."""
    async with asyncio.timeout(STOPS_WITHIN):
        while True:
            try:
                async with httpx.AsyncClient(base_url=server.url) as client:
                    await client.get("/healthz", timeout=0.5)
            except httpx.TransportError:
                return
            await asyncio.sleep(0.02)


@pytest.mark.usefixtures("recipient")
async def test_the_log_is_json_lines_without_anything_private(serve: Serve) -> None:
    search = "query Search($text: String) { smtpActivities(filter: {search: $text}) { nodes { id } } }"
    async with serve() as server:
        answered = await server.ask(search, text="bruno@example.com")
        refused = await server.ask(search, text="")
        async with httpx.AsyncClient(base_url=server.url) as client:
            await client.post("/graphql?token=eyJhbGciOi", headers={"Authorization": "Bearer eyJhbGciOi.x.y"})
        _, log = await server.stop()
    requests = [line for line in log if line["event"] == "request" and line["endpoint"] == "graphql"]
    assert [(line["request_id"], line["operation"], line["caller"], line["outcome"]) for line in requests[:2]] == [
        (answered.headers["x-request-id"], "Search", "user-42", "ok"),
        (refused.headers["x-request-id"], "Search", "user-42", "BAD_USER_INPUT"),
    ]
    assert requests[2]["outcome"] == "UNAUTHENTICATED"
    assert all(line["level"] == "info" for line in requests)
    assert all(line["timestamp"] for line in log)
    written = json.dumps(log)
    token = server.headers["Authorization"].removeprefix("Bearer ")
    assert [private for private in ("bruno", "amelie", "eyJ", token) if private in written] == []


async def test_who_is_not_named_as_a_proxy_is_not_believed_even_on_this_machine(serve: Serve) -> None:
    async with serve() as server:
        async with httpx.AsyncClient(base_url=server.url) as client:
            answer = await client.post(
                "/graphql", headers={"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
            )
        _, log = await server.stop()
    assert "strict-transport-security" not in answer.headers
    assert [line["client"] for line in log if line.get("endpoint") == "graphql"] == ["127.0.0.1"]


@pytest.mark.usefixtures("connection")
async def test_every_worker_answers_prometheus_at_a_port_of_its_own(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    ports = [free_port(), free_port()]
    monkeypatch.setenv("SMTP_ACTIVITY_METRICS_PORTS", json.dumps(ports))
    async with serve("--workers", "2") as server:
        for port in ports:
            assert 'smtp_activity_pool_waiting{pool="page"} 0.0' in await metrics_at(port)
        exit_code, _ = await server.stop()
    assert exit_code == 0


async def metrics_at(port: int) -> str:
    """What a worker tells at a port, as soon as it has started."""
    async with asyncio.timeout(STARTS_WITHIN), httpx.AsyncClient() as client:
        while True:
            try:
                return (await client.get(f"http://127.0.0.1:{port}/metrics")).text
            except httpx.TransportError:
                await asyncio.sleep(0.1)


@pytest.mark.usefixtures("recipient")
async def test_connections_are_dealt_out_to_all_workers(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    ports = [free_port(), free_port()]
    monkeypatch.setitem(environ, "SMTP_ACTIVITY_METRICS_PORTS", str(ports))
    async with serve("--workers", "2") as server:
        for port in ports:
            await metrics_at(port)
        # By chance all of them would come to one worker once in a million million times.
        statuses = [(await server.ask("{ viewer { id } }")).status_code for _ in range(40)]
        answered = [
            float(value)
            for port in ports
            for value in re.findall(r"smtp_activity_request_seconds_count.* (\S+)", await metrics_at(port))
        ]
        exit_code, _ = await server.stop()
    assert set(statuses) == {200}
    assert len(answered) == 2
    assert sum(answered) == 40
    assert exit_code == 0


async def test_fewer_metrics_ports_than_workers_are_told_in_one_line(commands: Commands) -> None:
    commands.environment["SMTP_ACTIVITY_METRICS_PORTS"] = "[9464]"
    said = await commands.failure("serve", "--workers", "2")
    assert said == "SMTP_ACTIVITY_METRICS_PORTS: name 2 ports, one for each worker.\n"


async def test_a_role_that_may_more_than_the_service_needs_is_named_in_the_log(
    serve: Serve, connection: asyncpg.Connection
) -> None:
    assert await connection.fetchval("select rolsuper from pg_roles where rolname = current_user")
    async with serve() as server:
        _, log = await server.stop()
    warnings = [line["may"] for line in log if line["level"] == "warning"]
    assert warnings == [["do everything: it is a superuser"]]


async def test_a_database_that_is_not_there_is_told_in_one_line(tmp_path: Path) -> None:
    nowhere = Commands(f"postgresql://nobody@127.0.0.1:{free_port()}/nothing", tmp_path)
    said = await nowhere.failure("serve", "--port", "0")
    assert said.count("\n") == 1
    assert "PostgreSQL cannot be reached" in said


async def test_token_keys_that_cannot_be_used_are_told_in_one_line(commands: Commands, tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    keys.write_text("{}")
    commands.environment["SMTP_ACTIVITY_TOKEN_KEYS_FILE"] = str(keys)
    said = await commands.failure("serve", "--port", "0")
    assert said.count("\n") == 1
    assert "keys.json" in said


@pytest.mark.usefixtures("recipient")
@pytest.mark.parametrize(("allow_get", "passed", "notices"), [("true", 61, 0), ("false", 58, 3)])
async def test_it_is_graphql_over_http_to_the_specifications_own_audits(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, allow_get: str, passed: int, notices: int
) -> None:
    monkeypatch.setenv("SMTP_ACTIVITY_ALLOW_GET", allow_get)
    async with serve() as server:
        token = server.headers["Authorization"].removeprefix("Bearer ")
        arguments = (str(HTTP_AUDIT), f"{server.url}/graphql", token)
        audits = await asyncio.create_subprocess_exec("node", *arguments, stdout=asyncio.subprocess.PIPE)
        written, _ = await asyncio.wait_for(audits.communicate(), 60)
    assert audits.returncode == 0
    results = [json.loads(line) for line in written.splitlines()]
    assert [each for each in results if each["status"] not in {"ok", "notice"}] == []
    assert Counter(each["status"] for each in results) == Counter(ok=passed, notice=notices)


async def raw_answer(server: Server, *sent: bytes) -> bytes:
    """What comes back on a connection until the service closes it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(server.url.rpartition(":")[2]))
    try:
        for part in sent:
            writer.write(part)
            await writer.drain()
        return await asyncio.wait_for(reader.read(), STOPS_WITHIN)
    finally:
        writer.close()


@pytest.mark.usefixtures("recipient")
async def test_a_request_that_does_not_come_whole_is_cut_off(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTP_ACTIVITY_LIMITS__HEADER_TIMEOUT", "PT0.5S")
    monkeypatch.setenv("SMTP_ACTIVITY_LIMITS__BODY_TIMEOUT", "PT0.5S")
    head = b"POST /graphql HTTP/1.1\r\nHost: service\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n"
    async with serve() as server:
        authorization = f"Authorization: {server.headers['Authorization']}\r\n\r\n".encode()
        assert await raw_answer(server) == b""
        assert (await raw_answer(server, head)).startswith(b"HTTP/1.1 408 ")
        assert (await raw_answer(server, head + authorization + b"{")).startswith(b"HTTP/1.1 408 ")
        # Refused before the body is read, and then the body does not come.
        assert (await raw_answer(server, head + b"\r\n{")).startswith(b"HTTP/1.1 401 ")
        # After an answer, a blank line is no reason to wait for ever.
        assert (await raw_answer(server, b"GET /healthz HTTP/1.1\r\nHost: service\r\n\r\n", b"\r\n")).count(
            b"HTTP/"
        ) >= 1
        assert (await raw_answer(server, b"nonsense\r\n\r\n")).startswith(b"HTTP/1.1 400 ")
        await server.stop()


@pytest.mark.usefixtures("recipient")
@pytest.mark.parametrize(
    "endless",
    [b"GET /" + b"x" * 30_000, b"GET / HTTP/1.1\r\nX-Endless: " + b"x" * 30_000],
)
async def test_a_head_that_does_not_end_is_not_kept(serve: Serve, endless: bytes) -> None:
    async with serve() as server:
        assert (await raw_answer(server, endless)).startswith(b"HTTP/1.1 431 ")
        await server.stop()
