"""Asks a running server the same again and again, and tells what that took of it and of PostgreSQL."""

import json
import subprocess
from dataclasses import dataclass

import cpu_time
from servers import PEERS, Running, pin


@dataclass(frozen=True)
class Measured:
    """One round's figures of one server at one number of connections; CPU in microseconds a request."""

    requests_a_second: float
    server_cpu: float
    database_cpu: float
    p50: float
    p99: float
    busiest: float
    """The share of its processes' CPU time that the busiest of them had."""


def install() -> None:
    """Get what asks, and the peers of Node."""
    npm = ["npm", "ci", "--prefix", str(PEERS), "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run(npm, check=True, stdout=subprocess.DEVNULL)  # noqa: S603  # Ours.


def measure(one: Running, connections: int, until: int | str, postmaster: int, core: int | None) -> Measured:
    """Ask so often, or for so many seconds (“5s”), over so many connections, from this core."""
    command = [*pin(core), "node", str(PEERS / "load.js"), one.url, one.token, str(connections), str(until)]
    server, database = one.cpu(), cpu_time.of_tree(postmaster)
    done = subprocess.run(command, input=one.body, check=True, stdout=subprocess.PIPE)  # noqa: S603  # Ours.
    server_after, database_after = one.cpu(), cpu_time.of_tree(postmaster)
    took = json.loads(done.stdout)
    requests = took["requests"]
    of_each = [after - server.get(pid, 0) for pid, after in server_after.items()]
    return Measured(
        requests / took["seconds"],
        sum(of_each) / requests / 1000,
        cpu_time.spent(database, database_after) / requests / 1000,
        took["p50"],
        took["p99"],
        max(of_each) / sum(of_each),
    )
