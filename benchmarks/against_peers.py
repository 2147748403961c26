"""Compares this service with its peers and with the floor, by turns: one query, one PostgreSQL, one core for a server.

Starts everything itself, and installs the peers of Node into benchmarks/peers. It checks first that all answer with the
same rows. CPU time is the kernel's count, in nanoseconds, of the server (and of PostgreSQL) divided by the requests.
"""

import argparse
import asyncio
import os
import statistics
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import asyncpg
import cpu_time
import jwt
from chart import bars
from data_set import DataSet, data_set, options
from load import Measured, install, measure
from run import ACCOUNT, issue_token
from servers import ROWS, SECRET, Running, Tokens, running, servers

# Connections, and requests in each round.
_LOADS = {1: 400, 16: 1_200, 64: 1_200}
# What PostGraphile looks at.
_VIEW = """
create schema if not exists peers;
create or replace view peers.smtp_activities as
    select id, sent_at, status, recipient, subject, sender, message_id from public.smtp_activity
    where account_id = current_setting('peers.account')::bigint;
comment on view peers.smtp_activities is E'@primaryKey id';
"""

Figures = dict[tuple[str, int], list[Measured]]


def report(figures: Figures, names: Sequence[str], memory: dict[str, int]) -> str:
    """The tables, in Markdown; medians of the rounds."""
    lines = []
    for connections in _LOADS:
        lines += [
            f"\n{connections} connection{'s' if connections > 1 else ''}:\n",
            "| server | requests/s | CPU of the server | ratio to the floor | CPU of PostgreSQL | p50 | p99 |",
            "|---|---|---|---|---|---|---|",
        ]
        for name in names:
            measured = figures[name, connections]
            ratio = _ratio(measured, figures[names[-1], connections])
            lines.append(
                f"| {name} | {_median(measured, 'requests_a_second'):,.0f} |"
                f" {_median(measured, 'server_cpu'):,.0f} µs | {ratio:.2f} |"
                f" {_median(measured, 'database_cpu'):,.0f} µs | {_median(measured, 'p50'):g} ms |"
                f" {_median(measured, 'p99'):g} ms |"
            )
        ratios = (
            f"{_ratio(figures[names[0], connections], figures[name, connections]):.2f} of {name}" for name in names[1:]
        )
        lines.append(f"\nCPU of {names[0]}: {', '.join(ratios)}.")
    lines += ["\nMemory of the server's process afterwards: " + ", ".join(f"{n} {memory[n]:,} MB" for n in names) + "."]
    return "\n".join(lines)


def compare(given: argparse.Namespace, data: DataSet, tokens: Tokens) -> None:
    """All rounds; prints the tables, and draws the chart where it is wanted."""
    figures: Figures = defaultdict(list)
    with ExitStack() as stack:
        all_running = [
            stack.enter_context(running(server, given.port + number, data.database, tokens, given.server_core))
            for number, server in enumerate(servers())
            if server.name not in given.without
        ]
        _check(all_running)
        for number in range(given.rounds + 1):
            for connections, requests in _LOADS.items():
                for one in all_running:
                    measured = measure(one, connections, requests, data.postmaster, given.other_core)
                    if number:  # the first is for warming up
                        figures[one.server.name, connections].append(measured)
        names = [one.server.name for one in all_running]
        print(report(figures, names, {one.server.name: cpu_time.megabytes(one.pid) for one in all_running}))
    if given.chart:
        cpu = {name: _median(figures[name, 16], "server_cpu") for name in names}
        given.chart.write_text(bars("CPU of the server a request, µs (16 connections)", cpu))


def tokens_of(data: DataSet) -> Tokens:
    """Of the largest account; and what PostGraphile looks at is made."""
    account = asyncio.run(_prepare_peers(data.database))
    claims = {"account_id": account, "exp": int(time.time()) + 86_400}
    return Tokens(issue_token("regular"), jwt.encode(claims, SECRET, algorithm="HS256"))


def main() -> None:
    """Compare, as the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__)
    options(parser)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--server-core", type=int, default=0, help="of the server that is asked")
    parser.add_argument("--other-core", type=int, default=1, help="of PostgreSQL and of what asks")
    parser.add_argument("--without", nargs="*", default=[], metavar="NAME", help="servers to leave out")
    parser.add_argument("--chart", type=Path, help="an SVG file")
    given = parser.parse_args()
    install()
    with data_set(given) as data:
        os.sched_setaffinity(data.postmaster, {given.other_core})
        compare(given, data, tokens_of(data))


def _check(all_running: Sequence[Running]) -> None:
    """That all answer with the same rows."""
    first, *others = all_running
    rows = first.rows()
    for other in others:
        if other.rows() != rows or len(rows) != ROWS:
            raise SystemExit(f"{other.server.name} answers with other rows: {other.rows()[:2]}, not {rows[:2]}")


async def _prepare_peers(database: str) -> int:
    connection = await asyncpg.connect(database)
    await connection.execute(_VIEW)
    account: int = await connection.fetchval("select id from account where external_id = $1", ACCOUNT)
    await connection.close()
    return account


def _median(measured: Sequence[Measured], name: str) -> float:
    values: list[float] = [getattr(one, name) for one in measured]
    return statistics.median(values)


def _ratio(measured: Sequence[Measured], other: Sequence[Measured]) -> float:
    """Of the servers' CPU times, round by round, for what slows the machine slows both of a round."""
    return statistics.median(one.server_cpu / two.server_cpu for one, two in zip(measured, other, strict=True))


if __name__ == "__main__":
    main()
