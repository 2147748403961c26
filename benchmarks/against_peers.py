"""Compares this service with its peers and with the floor, by turns: one query, one PostgreSQL, one core for a server.

Starts everything itself, and installs the peers of Node into benchmarks/peers. It checks first that all answer with the
same rows. CPU time is the kernel's count of the server's process (and of PostgreSQL's) divided by the requests.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import asyncpg
import jwt
from chart import bars
from generate import fill
from run import ACCOUNT, issue_token, prepare, service

_PEERS = Path(__file__).parent / "peers"
_SECRET = "a secret of this benchmark alone, long enough for HS256"  # noqa: S105
_FIELDS = ("sentAt", "status", "recipient", "subject", "sender", "messageId")
_PAGE = """query Page($first: Int!) { smtpActivities%s {
    edges { cursor node { %s sentAt status recipient subject sender messageId } } pageInfo { hasNextPage endCursor }
} }"""
_OURS = _PAGE % ("(first: $first)", "id")
_POSTGRAPHILE = _PAGE % (": allSmtpActivities(first: $first, orderBy: ROW_ID_DESC)", "rowId")
_ROWS = 50
_SERVER_CORE, _OTHER_CORE = 0, 1
_TICKS = os.sysconf("SC_CLK_TCK")
# Connections, and requests in each round.
_LOADS = {1: 400, 16: 1_200, 64: 1_200}
_VIEW = """
create schema peers;
create view peers.smtp_activities as
    select id, sent_at, status, recipient, subject, sender, message_id from public.smtp_activity
    where account_id = current_setting('peers.account')::bigint;
comment on view peers.smtp_activities is E'@primaryKey id';
"""


class Server(NamedTuple):
    """What is measured: its name, how it is started, and what it is asked, in its own words."""

    name: str
    command: Sequence[str]
    query: str = _OURS
    is_ours: bool = False


def servers(python: str) -> list[Server]:
    """All of them; the last is the floor."""
    ours = (str(Path(python).parent / "smtp-activity"), "serve", "--port")
    uvicorn = (python, "-m", "uvicorn", "--app-dir", str(_PEERS), "--loop", "uvloop", "--http", "httptools")
    quiet = ("--no-access-log", "--log-level", "warning", "--port")
    return [
        Server("this service", ours, is_ours=True),
        Server("Strawberry + SQLAlchemy", (*uvicorn, "strawberry_peer:app", *quiet)),
        Server("PostGraphile 5", ("node", str(_PEERS / "postgraphile.js")), _POSTGRAPHILE),
        Server("Mercurius + graphql-jit", ("node", str(_PEERS / "mercurius.js"))),
        Server("the floor", (*uvicorn, "floor:app", *quiet)),
    ]


@dataclass
class Running:
    """A server that answers."""

    server: Server
    url: str
    token: str
    pid: int

    @property
    def body(self) -> bytes:
        """What it is asked."""
        return json.dumps({"query": self.server.query, "variables": {"first": _ROWS}}).encode()

    def answer(self) -> dict[str, Any]:
        """One answer."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        try:
            with urlopen(Request(self.url, self.body, headers)) as response:  # noqa: S310  # Our own servers.
                answer: dict[str, Any] = json.load(response)
        except HTTPError as error:
            raise SystemExit(f"{self.server.name}: {error.code} {error.read().decode()[:500]}") from error
        if "errors" in answer:
            raise SystemExit(f"{self.server.name}: {answer['errors']}")
        return answer

    def rows(self) -> list[tuple[str, ...]]:
        """What it answers, without ids and cursors, which each writes in its own way."""
        edges = self.answer()["data"]["smtpActivities"]["edges"]
        return [tuple(_plain(edge["node"][name]) for name in _FIELDS) for edge in edges]

    def ticks(self) -> int:
        """The CPU time of its process and its children so far."""
        return sum(map(_ticks, (self.pid, *_children(self.pid))))


@dataclass(frozen=True)
class Measured:
    """One round's figures of one server at one number of connections."""

    requests_a_second: float
    server_microseconds: float
    database_microseconds: float
    p50: float
    p99: float


@contextmanager
def running(server: Server, port: int, database: str, tokens: tuple[str, str]) -> Iterator[Running]:
    """The server, pinned to its core, once it answers."""
    # Node's servers take the port from the environment.
    command = [*server.command, *([str(port)] if server.command[0] != "node" else [])]
    environment = os.environ | {"DATABASE_URL": database, "TOKEN_SECRET": _SECRET, "PORT": str(port)}
    pinned = ["taskset", "-c", str(_SERVER_CORE), *command]
    with subprocess.Popen(pinned, env=environment, stderr=subprocess.DEVNULL) as process:  # noqa: S603  # Ours.
        try:
            url = f"http://127.0.0.1:{port}/graphql"
            one = Running(server, url, tokens[0] if server.is_ours else tokens[1], process.pid)
            for _ in range(200):
                if process.poll() is not None:
                    raise SystemExit(f"{server.name} ended by itself.")
                try:
                    one.answer()
                    break
                except URLError:
                    time.sleep(0.1)
            yield one
        finally:
            process.terminate()


def measure(one: Running, connections: int, requests: int, postmaster: int) -> Measured:
    """Ask so often, over so many connections."""
    command = ["taskset", "-c", str(_OTHER_CORE), "node", str(_PEERS / "load.js"), one.url, one.token]
    server, database = one.ticks(), _ticks_of_database(postmaster)
    done = subprocess.run(  # noqa: S603  # Ours.
        [*command, str(connections), str(requests)], input=one.body, check=True, stdout=subprocess.PIPE
    )
    took = json.loads(done.stdout)
    return Measured(
        requests / took["seconds"],
        (one.ticks() - server) / _TICKS / requests * 1e6,
        (_ticks_of_database(postmaster) - database) / _TICKS / requests * 1e6,
        took["p50"],
        took["p99"],
    )


def report(figures: dict[tuple[str, int], list[Measured]], names: Sequence[str], memory: dict[str, int]) -> str:
    """The tables, in Markdown; medians of the rounds."""
    lines = []
    for connections in _LOADS:
        lines += [
            f"\n{connections} connection{'s' if connections > 1 else ''}:\n",
            "| server | requests/s | CPU of the server | ratio to the floor | CPU of PostgreSQL | p50 | p99 |",
            "|---|---|---|---|---|---|---|",
        ]
        floor = _median(figures[names[-1], connections], "server_microseconds")
        for name in names:
            measured = figures[name, connections]
            cpu = _median(measured, "server_microseconds")
            lines.append(
                f"| {name} | {_median(measured, 'requests_a_second'):,.0f} | {cpu:,.0f} µs | {cpu / floor:.2f} |"
                f" {_median(measured, 'database_microseconds'):,.0f} µs | {_median(measured, 'p50'):g} ms |"
                f" {_median(measured, 'p99'):g} ms |"
            )
    lines += ["\nMemory of the server's process afterwards: " + ", ".join(f"{n} {memory[n]:,} MB" for n in names) + "."]
    return "\n".join(lines)


def compare(given: argparse.Namespace, database: str, postmaster: int, tokens: tuple[str, str]) -> None:
    """All rounds; prints the tables, and draws the chart where it is wanted."""
    figures: dict[tuple[str, int], list[Measured]] = defaultdict(list)
    with ExitStack() as stack:
        all_running = [
            stack.enter_context(running(server, given.port + number, database, tokens))
            for number, server in enumerate(servers(sys.executable))
        ]
        first, *others = all_running
        rows = first.rows()
        for other in others:
            if other.rows() != rows or len(rows) != _ROWS:
                raise SystemExit(f"{other.server.name} answers with other rows: {other.rows()[:2]}, not {rows[:2]}")
        for number in range(given.rounds + 1):
            for one in all_running:
                for connections, requests in _LOADS.items():
                    measured = measure(one, connections, requests, postmaster)
                    if number:  # the first is for warming up
                        figures[one.server.name, connections].append(measured)
        names = [one.server.name for one in all_running]
        print(report(figures, names, {one.server.name: _megabytes(one.pid) for one in all_running}))
    if given.chart:
        cpu = {name: _median(figures[name, 16], "server_microseconds") for name in names}
        given.chart.write_text(bars("CPU of the server a request, µs (16 connections)", cpu))


def main() -> None:
    """Compare, as the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--activities", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--port", type=int, default=8421)
    parser.add_argument("--chart", type=Path, help="an SVG file")
    given = parser.parse_args()
    npm = ["npm", "ci", "--prefix", str(_PEERS), "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run(npm, check=True, stdout=subprocess.DEVNULL)  # noqa: S603  # Ours.
    with tempfile.TemporaryDirectory(prefix="bench") as directory:
        database = prepare(directory).replace("//smtp_activity@", "//postgres@")
        ours = issue_token("regular")
        with service(f"http://127.0.0.1:{given.port - 1}", given.port - 1):  # It keeps PostgreSQL running.
            account = asyncio.run(_fill(database, given.activities))
            postmaster = int((Path(directory) / "postgres/postmaster.pid").read_text().split()[0])
            os.sched_setaffinity(postmaster, {_OTHER_CORE})
            claims = {"account_id": account, "exp": int(time.time()) + 86_400}
            compare(given, database, postmaster, (ours, jwt.encode(claims, _SECRET, algorithm="HS256")))


async def _fill(database: str, activities: int) -> int:
    """The rows of one account, and what PostGraphile looks at; the account's id."""
    await fill(database, ACCOUNT, activities, days=28, seed=1)
    connection = await asyncpg.connect(database)
    await connection.execute(_VIEW)
    account: int = await connection.fetchval("select id from account where external_id = $1", ACCOUNT)
    await connection.close()
    return account


def _plain(value: str | None) -> str:
    """An instant of any form as one; base64 and the like stay as they are."""
    if value is not None and value[10:11] == "T" and value[4:5] == "-":
        return value[:19]
    return str(value)


def _median(measured: Sequence[Measured], name: str) -> float:
    values: list[float] = [getattr(one, name) for one in measured]
    return statistics.median(values)


def _ticks(pid: int) -> int:
    return sum(_times(pid)[:2])


def _ticks_of_database(postmaster: int) -> int:
    """Of all its processes, those that have ended included."""
    return sum(map(_ticks, _children(postmaster))) + sum(_times(postmaster))


def _times(pid: int) -> list[int]:
    """In user mode and in the kernel; then the same of children that have ended (proc_pid_stat(5))."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return [0, 0, 0, 0]
    return [int(field) for field in fields[11:15]]


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _megabytes(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) // 1024


if __name__ == "__main__":
    main()
