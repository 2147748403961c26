"""Asks first pages while another client sends the worst documents that the limits let through; prints its table.

Starts a service and a PostgreSQL of its own. Exits with 1 when a first page takes twice its usual time or more.
"""

import argparse
import http.client
import json
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Callable
from multiprocessing.sharedctypes import Synchronized
from urllib.parse import urlsplit

from run import ACCOUNT, issue_token, prepare, script, service

_PAGE = "{ smtpActivities { nodes { id sentAt status recipient sender subject reason { category } } } }"
_NO_ATTACK, _STOP = -1, -2
_FIELDS = "id sentAt status recipient sender subject messageId queueId attemptCount"


def _many(selection: str) -> Callable[[int], str]:
    return lambda size: f"{{ {' '.join([selection] * size)} }}"


def _fragments(size: int) -> str:
    spreads = " ".join(f"...F{number}" for number in range(size))
    return f"{{ {spreads} }} " + " ".join(
        f"fragment F{number} on Query {{ viewer {{ id }} }}" for number in range(size)
    )


def _aliased_pages(size: int) -> str:
    return "{ " + " ".join(f"a{n}: smtpActivities(first: {size}) {{ nodes {{ id status }} }}" for n in range(15)) + " }"


def _wide_page(size: int) -> str:
    return f"{{ smtpActivities(first: {size}) {{ nodes {{ {_FIELDS} ...F reason {{ category }} }} }} }} {_FRAGMENT}"


_FRAGMENT = "fragment F on SmtpActivity { " + " ".join(f"a{n}: reason {{ category }}" for n in range(15)) + " }"

# Documents by their size; each is sent in the largest size that is not refused as too complex.
_DOCUMENTS: dict[str, Callable[[int], str]] = {
    "fragments": _fragments,
    "a field again and again": _many('node(id: "a") { id }'),
    "lists in lists again and again": _many("smtpActivities { edges { node { id } } }"),
    "inline fragments": lambda size: f"{{ viewer {{ {'...{id} ' * size} }} }}",
    "15 pages of one query": _aliased_pages,
    "a page of many fields": _wide_page,
}


class Client:
    """One kept-alive connection to the service."""

    def __init__(self, address: str, token: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(address).netloc)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def ask(self, document: str) -> tuple[list[str], float]:
        """The answer's error codes, and the milliseconds that it took."""
        began = time.perf_counter()
        self._connection.request("POST", "/graphql", json.dumps({"query": document}).encode(), self._headers)
        answer = json.loads(self._connection.getresponse().read())
        took = (time.perf_counter() - began) * 1000
        return [error["extensions"]["code"] for error in answer.get("errors", ())], took


def largest(client: Client, document: Callable[[int], str]) -> int:
    """The largest size that the limits, and a page's largest size, let through."""
    passes, refused = 1, 2_000
    while refused - passes > 1:
        size = (passes + refused) // 2
        codes, _ = client.ask(document(size))
        if set(codes) - {"QUERY_TOO_COMPLEX", "BAD_USER_INPUT"}:
            raise SystemExit(f"The document was refused otherwise: {codes}")
        passes, refused = (passes, size) if codes else (size, refused)
    return passes


def attack(address: str, token: str, documents: list[str], current: "Synchronized[int]") -> None:
    """Send the current document without a pause, each time as one that was never seen."""
    client, number = Client(address, token), 0
    while current.value != _STOP:
        if current.value == _NO_ATTACK:
            time.sleep(0.01)
            continue
        number += 1
        client.ask(f"# {number}\n{documents[current.value]}")


def measure(client: Client, kinds: int, current: "Synchronized[int]", rounds: int) -> list[list[float]]:
    """Milliseconds of first pages for each kind of document, and at last without any; rounds ask for all in turn."""
    taken: list[list[float]] = [[] for _ in range(kinds + 1)]
    for _ in range(rounds):
        for kind in (_NO_ATTACK, *range(kinds)):
            current.value = kind
            # Whatever was sent before has been answered by then.
            time.sleep(0.5)
            for _ in range(20):
                codes, took = client.ask(_PAGE)
                if codes:
                    raise SystemExit(f"The first page was refused: {codes}")
                taken[kind].append(took)
    return taken


def report(names: list[str], taken: list[list[float]]) -> float:
    """Print the table, and answer how many times the usual median a first page took at worst."""
    usual = statistics.median(taken[_NO_ATTACK])
    print("| meanwhile | median ms | 95 % within ms | times the usual |\n|---|---|---|---|")
    for name, each in zip(("nothing", *names), (taken[_NO_ATTACK], *taken[:_NO_ATTACK]), strict=True):
        median, slow = statistics.median(each), statistics.quantiles(each, n=20)[-1]
        print(f"| {name} | {median:.1f} | {slow:.1f} | {median / usual:.1f} |")
    return max(map(statistics.median, taken)) / usual


def compare(address: str, rounds: int) -> float:
    """Measure everything, with two callers, each on a connection of its own."""
    client, token = Client(address, issue_token("regular")), issue_token("administrator")
    attacker = Client(address, token)
    sizes = {name: largest(attacker, document) for name, document in _DOCUMENTS.items()}
    documents = [_DOCUMENTS[name](size) for name, size in sizes.items()]
    alone = [statistics.median(attacker.ask(f"# {n}\n{each}")[1] for n in range(-5, 0)) for each in documents]
    current = multiprocessing.Value("i", _NO_ATTACK)
    sending = multiprocessing.Process(target=attack, args=(address, token, documents, current))
    sending.start()
    try:
        taken = measure(client, len(documents), current, rounds)
    finally:
        current.value = _STOP
        sending.join()
    names = [f"{name}: {size}, {own:.0f} ms each" for (name, size), own in zip(sizes.items(), alone, strict=True)]
    return report(names, taken)


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--activities", default="20000")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--port", type=int, default=8331)
    given = parser.parse_args()
    address = f"http://127.0.0.1:{given.port}"
    with tempfile.TemporaryDirectory(prefix="bench") as directory:
        database = prepare(directory)
        with service(address, given.port):
            script("generate.py", "--database", database, "--account", ACCOUNT, "--activities", given.activities)
            times = compare(address, given.rounds)
    if times >= 2:
        raise SystemExit(f"A first page took {times:.1f} times its usual time.")


if __name__ == "__main__":
    main()
