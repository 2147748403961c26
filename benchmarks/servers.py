"""The servers that are compared, and how each is started and asked."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import cpu_time

PEERS = Path(__file__).parent / "peers"
SECRET = "a secret of this benchmark alone, long enough for HS256"  # noqa: S105
ROWS = 50
_FIELDS = ("sentAt", "status", "recipient", "subject", "sender", "messageId")
_PAGE = """query Page($first: Int!) { smtpActivities%s {
    edges { cursor node { %s sentAt status recipient subject sender messageId } } pageInfo { hasNextPage endCursor }
} }"""
_OURS = _PAGE % ("(first: $first)", "id")
_POSTGRAPHILE = _PAGE % (": allSmtpActivities(first: $first, orderBy: ROW_ID_DESC)", "rowId")


class Server(NamedTuple):
    """What is measured: its name, how it is started, and what it is asked, in its own words."""

    name: str
    command: Sequence[str]
    query: str = _OURS
    is_ours: bool = False
    environment: Mapping[str, str] = {}


def ours(name: str, *options: str, fast_path: bool = True) -> Server:
    """This service."""
    command = (str(Path(sys.executable).parent / "smtp-activity"), "serve", *options, "--port")
    return Server(name, command, is_ours=True, environment={"SMTP_ACTIVITY_FAST_PATH": str(fast_path).lower()})


def servers() -> list[Server]:
    """All of them; this service is the first, and the floor the last."""
    uvicorn = (sys.executable, "-m", "uvicorn", "--app-dir", str(PEERS), "--loop", "uvloop", "--http", "httptools")
    quiet = ("--no-access-log", "--log-level", "warning", "--port")
    return [
        ours("this service"),
        ours("this service, fast path off", fast_path=False),
        Server("Strawberry + SQLAlchemy", (*uvicorn, "strawberry_peer:app", *quiet)),
        Server("PostGraphile 5", ("node", str(PEERS / "postgraphile.js")), _POSTGRAPHILE),
        Server("Mercurius + graphql-jit", ("node", str(PEERS / "mercurius.js"))),
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
        return json.dumps({"query": self.server.query, "variables": {"first": ROWS}}).encode()

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

    def cpu(self) -> dict[int, int]:
        """The CPU time of its processes so far."""
        return cpu_time.of_tree(self.pid)


class Tokens(NamedTuple):
    """The same caller's, as this service issues it, and as the peers know it."""

    ours: str
    peers: str


@contextmanager
def running(server: Server, port: int, database: str, tokens: Tokens, core: int | None) -> Iterator[Running]:
    """The server, pinned to its core if it has one, once it answers."""
    # Node's servers take the port from the environment.
    command = [*server.command, *([str(port)] if server.command[0] != "node" else [])]
    environment = {"DATABASE_URL": database, "TOKEN_SECRET": SECRET, "PORT": str(port), **server.environment}
    pinned = [*pin(core), *command]
    with subprocess.Popen(pinned, env=os.environ | environment, stderr=subprocess.DEVNULL) as process:  # noqa: S603  # Ours.
        try:
            url = f"http://127.0.0.1:{port}/graphql"
            one = Running(server, url, tokens.ours if server.is_ours else tokens.peers, process.pid)
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


def pin(core: int | None) -> list[str]:
    """What keeps a command on a core."""
    return [] if core is None else ["taskset", "-c", str(core)]


def _plain(value: str | None) -> str:
    """An instant of any form as one; base64 and the like stay as they are."""
    if value is not None and value[10:11] == "T" and value[4:5] == "-":
        return value[:19]
    return str(value)
