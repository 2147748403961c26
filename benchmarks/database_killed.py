"""Kills PostgreSQL under load and starts it again: is each answer clean, and how soon are they good again?

Starts a service of one worker, which nobody would start again, and a PostgreSQL of its own. Prints its table, and exits
with 1 when an answer is not as promised or the service takes five seconds or more to return.
"""

import argparse
import asyncio
import math
import os
import signal
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import asyncpg
import httpx
from run import ACCOUNT, issue_token, prepare, script, service, smtp_activity

_PAGE = {"query": "{ smtpActivities { nodes { id sentAt status recipient subject } } }"}
_CONNECTIONS = 16
_PROMISED_CODES = {"TIMEOUT", "INTERNAL_SERVER_ERROR"}
# What an answer would hold that lets out where the error came from.
_INNER_WORDS = ("Traceback", "asyncpg", ".py", "postgres", "Connection")
_SECONDS_TO_RETURN = 5
_SIGNALS = {"killed (SIGKILL)": signal.SIGKILL, "stopped at once (SIGQUIT)": signal.SIGQUIT}


class Answer(NamedTuple):
    """When it came, and its error's code: empty when it is good."""

    at: float
    code: str


class Outage(NamedTuple):
    """How many answers there were of each code since the kill, and the seconds from the database's return."""

    answers: Counter[str]
    seconds: float


async def ask(client: httpx.AsyncClient) -> Answer:
    """A page; what is not promised ends the benchmark."""
    response = await client.post("/graphql", json=_PAGE)
    errors = response.json().get("errors", [])
    codes = {error["extensions"]["code"] for error in errors}
    if response.status_code not in (200, 500) or codes - _PROMISED_CODES:
        raise SystemExit(f"Not an answer that was promised: {response.status_code} {response.text}")
    if errors and any(word in response.text for word in _INNER_WORDS):
        raise SystemExit(f"The answer tells of the service's inside: {response.text}")
    return Answer(time.perf_counter(), "".join(codes))


@asynccontextmanager
async def load(client: httpx.AsyncClient) -> AsyncIterator[list[Answer]]:
    """Pages asked for on each connection without a pause."""
    answers: list[Answer] = []

    async def keep_asking() -> None:
        while True:
            answers.append(await ask(client))

    asking = [asyncio.create_task(keep_asking()) for _ in range(_CONNECTIONS)]
    try:
        yield answers
    finally:
        for task in asking:
            task.cancel()
        ended = await asyncio.gather(*asking, return_exceptions=True)
    for error in ended:
        if not isinstance(error, asyncio.CancelledError):
            raise SystemExit(f"A connection was not answered: {error!r}")


async def expect_ready(client: httpx.AsyncClient, status: int) -> None:
    """/readyz answers this; anything else ends the benchmark."""
    answered = (await client.get("/readyz")).status_code
    if answered != status:
        raise SystemExit(f"/readyz answered {answered}, not {status}.")


async def database_returns(database: str) -> float:
    """Start PostgreSQL again; the instant at which it took a connection."""
    # Any command starts it; the service, which still holds its place as a user, keeps it running.
    starting = asyncio.create_task(asyncio.to_thread(smtp_activity, "account", "list"))
    while True:
        try:
            connection = await asyncpg.connect(database)
        except (OSError, asyncpg.PostgresError):
            if starting.done():
                starting.result()
            await asyncio.sleep(0.01)
        else:
            at = time.perf_counter()
            await connection.close()
            await starting
            return at


async def outage(client: httpx.AsyncClient, database: str, directory: str, kill: signal.Signals) -> Outage:
    """Kill the server under load, and start it again."""
    async with load(client) as answers:
        await asyncio.sleep(2)
        await expect_ready(client, 200)
        os.kill(int((Path(directory) / "postgres" / "postmaster.pid").read_text().splitlines()[0]), kill)
        killed = time.perf_counter()
        # As long as an account is remembered, and then some.
        for _ in range(6):
            await asyncio.sleep(1)
            await expect_ready(client, 503)
        returned = await database_returns(database)
        await asyncio.sleep(_SECONDS_TO_RETURN + 1)
        await expect_ready(client, 200)
    first = min((answer.at for answer in answers if answer.at > returned and not answer.code), default=math.inf)
    last_bad = max((answer.at for answer in answers if answer.code), default=first)
    counted = Counter(answer.code or "good" for answer in answers if answer.at > killed)
    return Outage(counted, max(first, last_bad) - returned)


async def measure(address: str, database: str, directory: str, rounds: int) -> None:
    """Each way of dying in turn; prints the table."""
    headers = {"Authorization": f"Bearer {issue_token('regular')}"}
    limits = httpx.Limits(max_connections=_CONNECTIONS + 1)
    async with httpx.AsyncClient(base_url=address, headers=headers, limits=limits, timeout=30) as client:
        print("| PostgreSQL was | answers since then | all good again after s |\n|---|---|---|")
        for _ in range(rounds):
            for name, kill in _SIGNALS.items():
                answers, seconds = await outage(client, database, directory, kill)
                counts = ", ".join(f"{count} {code}" for code, count in answers.most_common())
                print(f"| {name} | {counts} | {seconds:.2f} |", flush=True)
                if seconds >= _SECONDS_TO_RETURN:
                    raise SystemExit(f"The service took {seconds:.1f} s to return.")


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--activities", default="20000")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--port", type=int, default=8341)
    given = parser.parse_args()
    address = f"http://127.0.0.1:{given.port}"
    with tempfile.TemporaryDirectory(prefix="bench") as directory:
        database = prepare(directory)
        with service(address, given.port):
            script("generate.py", "--database", database, "--account", ACCOUNT, "--activities", given.activities)
            asyncio.run(measure(address, database, directory, given.rounds))


if __name__ == "__main__":
    main()
