"""Measures pages and searches of a running service over HTTP: interleaved rounds, medians, the server's CPU time."""

import argparse
import http.client
import json
import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from generate import RARE_ROWS, RARE_WORD

_QUERY = """
query Page($first: Int, $after: String, $filter: SmtpActivityFilter) {
  smtpActivities(first: $first, after: $after, filter: $filter) {
    nodes { id sentAt status recipient sender subject reason { category } }
    pageInfo { hasNextPage endCursor }
  }
}
"""
# Longer than any period that was generated: what is searched is the whole account.
_ALL = {"period": {"lastDays": 365}}


@dataclass
class Case:
    """A request that is measured, how many rows it must answer (None: as many as there are), and what it took."""

    name: str
    variables: dict[str, Any]
    rows: int | None = 50
    milliseconds: list[float] = field(default_factory=list)
    cpu_microseconds: list[float] = field(default_factory=list)


class Service:
    """One kept-alive connection to the service."""

    def __init__(self, url: str, token: str, pid: int | None) -> None:
        parts = urlsplit(url)
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port)
        self._path = parts.path
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._pid = pid

    def ask(self, variables: dict[str, Any]) -> tuple[dict[str, Any], float]:
        """The connection that was answered, and the milliseconds that it took; an error ends the benchmark."""
        body = json.dumps({"query": _QUERY, "variables": variables}).encode()
        began = time.perf_counter()
        self._connection.request("POST", self._path, body, self._headers)
        text = self._connection.getresponse().read()
        took = (time.perf_counter() - began) * 1000
        answer = json.loads(text)
        if "errors" in answer:
            raise SystemExit(f"{variables}: {answer['errors']}")
        return answer["data"]["smtpActivities"], took

    def cpu_microseconds(self) -> float:
        """The CPU time of the service's process so far, in user and kernel mode; 0 when its pid was not given."""
        if self._pid is None:
            return 0.0
        # Nanoseconds on a CPU, by thread; /proc/PID/stat counts in hundredths of a second only.
        threads = Path(f"/proc/{self._pid}/task").glob("*/schedstat")
        return sum(int(thread.read_text().split()[0]) for thread in threads) / 1000


def cases(service: Service) -> list[Case]:
    """What is measured; the deep page's cursor and an address that occurs are asked first."""
    cursor, address = None, ""
    for _ in range(20):
        page, _took = service.ask({"first": 100, "after": cursor, "filter": _ALL})
        cursor, address = page["pageInfo"]["endCursor"], page["nodes"][-1]["recipient"]
    return [
        Case("first page, last 30 days", {}),
        Case("page after 2,000 rows", {"filter": _ALL, "after": cursor}),
        Case("100 rows", {"filter": _ALL, "first": 100}, 100),
        Case("hard bounces", {"filter": _ALL | {"status": ["HARD_BOUNCE"]}}),
        Case("subject with a rare word", {"filter": _ALL | {"subject": {"contains": RARE_WORD}}}, RARE_ROWS),
        Case("search of a rare word", {"filter": _ALL | {"search": RARE_WORD.lower()}}, RARE_ROWS),
        Case("search of a common word", {"filter": _ALL | {"search": "reservation"}}),
        Case("search of nothing that occurs", {"filter": _ALL | {"search": "xylophone"}}, 0),
        Case("one recipient", {"filter": _ALL | {"recipient": {"equals": address}}}, None),
        Case("recipients of a domain", {"filter": _ALL | {"recipient": {"domain": "mx7.test"}}}),
        Case("two characters that do not occur", {"filter": _ALL | {"search": "§§"}}, 0),
    ]


def measure(service: Service, measured: list[Case], rounds: int, requests: int) -> None:
    """Each round asks every case in turn, so that what slows the machine for a while slows all of them."""
    for _ in range(rounds):
        for case in measured:
            before = service.cpu_microseconds()
            for _ in range(requests):
                page, took = service.ask(case.variables)
                case.milliseconds.append(took)
                if case.rows is not None and len(page["nodes"]) != case.rows:
                    raise SystemExit(f"{case.name}: {len(page['nodes'])} rows, {case.rows} expected")
            case.cpu_microseconds.append((service.cpu_microseconds() - before) / requests)


def report(measured: list[Case]) -> None:
    """A table in Markdown; the slowest of twenty stands beside the median."""
    print("| request | median ms | 95 % within ms | server CPU µs |\n|---|---|---|---|")
    for case in measured:
        within = statistics.quantiles(case.milliseconds, n=20)[-1]
        cpu = statistics.median(case.cpu_microseconds)
        print(f"| {case.name} | {statistics.median(case.milliseconds):.2f} | {within:.2f} | {cpu:,.0f} |")


def main() -> None:
    """Measure the service that the arguments name."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True, help="of the GraphQL endpoint")
    parser.add_argument("--token", required=True)
    parser.add_argument("--pid", type=int, help="of the service's process (one worker), to read its CPU time (Linux)")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--requests", type=int, default=40, help="of each case in a round")
    given = parser.parse_args()
    service = Service(given.url, given.token, given.pid)
    measured = cases(service)
    # The first executions plan, fill caches and open connections; they are not counted.
    measure(service, [Case(case.name, case.variables, case.rows) for case in measured], 1, 10)
    measure(service, measured, given.rounds, given.requests)
    report(measured)


if __name__ == "__main__":
    main()
