"""Compares this service with one worker and with two, by turns, in requests a second and by the workers' CPU time.

Where PostgreSQL and what asks share two cores with the workers, no core is left for a second one, and the requests a
second cannot double; the less they need for a request, beside the workers, the nearer it comes. CPU time hardly depends
on that: what one worker needs for two requests, over what two need for them, is how many times it would be with a core
for each. That is the last column.
"""

import argparse
import os
import statistics
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import ExitStack

from against_peers import tokens_of
from data_set import DataSet, data_set, options
from load import Measured, install, measure
from servers import Server, ours, running

_HEAD = """
| this service | requests/s | times | CPU of the workers | of the busiest | PostgreSQL | with a core each, times |
|---|---|---|---|---|---|---|"""
# What needs no statement.
_NO_STATEMENT = "query Who { viewer { permissions account { id name timeZone hasActiveSmtpPlan } } }"


def servers() -> list[tuple[Server, Server]]:
    """Pairs of one worker and two."""
    pairs = [
        (
            ours(f"1 worker{name}", fast_path=fast_path),
            ours(f"2 workers{name}", "--workers", "2", fast_path=fast_path),
        )
        for name, fast_path in (("", True), (", fast path off", False), (", fast path off, no statement", False))
    ]
    *pages, (one, two) = pairs
    return [*pages, (one._replace(query=_NO_STATEMENT), two._replace(query=_NO_STATEMENT))]


def report(figures: dict[str, list[Measured]]) -> str:
    """The table, in Markdown; medians of the rounds."""
    lines = [_HEAD]
    for pair in servers():
        for workers, server in enumerate(pair, 1):
            measured, alone = figures[server.name], figures[pair[0].name]
            lines.append(
                f"| {server.name} | {statistics.median(one.requests_a_second for one in measured):,.0f} |"
                f" {_times(measured, alone, lambda one: one.requests_a_second):.2f} |"
                f" {statistics.median(one.server_cpu for one in measured):,.0f} µs |"
                f" {statistics.median(one.busiest for one in measured):.0%} |"
                f" {statistics.median(one.database_cpu for one in measured):,.0f} µs |"
                f" {workers / _times(measured, alone, lambda one: one.server_cpu):.2f} |"
            )
    return "\n".join(lines)


def compare(given: argparse.Namespace, data: DataSet) -> None:
    """All rounds; prints the table."""
    figures: dict[str, list[Measured]] = defaultdict(list)
    tokens = tokens_of(data)
    with ExitStack() as stack:
        all_running = [
            stack.enter_context(running(server, given.port + number, data.database, tokens, core=None))
            for number, server in enumerate(server for pair in servers() for server in pair)
        ]
        for number in range(given.rounds + 1):
            for one in all_running:
                measured = measure(one, given.connections, f"{given.seconds}s", data.postmaster, core=None)
                if number:  # the first is for warming up
                    figures[one.server.name].append(measured)
    print(report(figures))


def main() -> None:
    """Compare, as the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__)
    options(parser)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--seconds", type=int, default=5, help="in each round, of each")
    given = parser.parse_args()
    install()
    with data_set(given) as data:
        print(f"\n{os.cpu_count()} cores for the workers, PostgreSQL and what asks; {given.connections} connections.")
        compare(given, data)


def _times(measured: Sequence[Measured], alone: Sequence[Measured], figure: Callable[[Measured], float]) -> float:
    """Round by round, how many times that of one worker."""
    return statistics.median(figure(one) / figure(other) for one, other in zip(measured, alone, strict=True))


if __name__ == "__main__":
    main()
