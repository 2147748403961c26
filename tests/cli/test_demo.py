"""`smtp-activity demo` as a newcomer runs it: a process of its own, an embedded database of its own."""

import asyncio
import re
import shlex
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from os import environ
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import pytest

from tests.cli.commands import Commands
from tests.cli.test_serve import free_port

ROOT = Path(__file__).parents[2]
STARTS_WITHIN = 120
STOPS_WITHIN = 30


@pytest.fixture
def data_directory() -> Iterator[Path]:
    # Not below pytest's own directory, which every run of pytest closes to the user that PostgreSQL runs as.
    with TemporaryDirectory(prefix="smtp-activity-demo-") as directory:
        yield Path(directory)


@asynccontextmanager
async def running_demo(data_directory: Path) -> AsyncIterator[str]:
    """What the demo printed until it answered; it is stopped as Ctrl+C does."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "from cli.main import main; main()",
        "demo",
        "--port",
        str(free_port()),
        env={name: value for name, value in environ.items() if name != "DATABASE_URL"}
        # Keys that are configured are not the demo's: it would not start with these.
        | {"SMTP_ACTIVITY_DATA_DIRECTORY": str(data_directory), "SMTP_ACTIVITY_TOKEN_KEYS": "production's"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=ROOT,
    )
    printed = b""
    try:
        assert process.stdout is not None
        async with asyncio.timeout(STARTS_WITHIN):
            while b"Uvicorn running on" not in printed:
                line = await process.stdout.readline()
                assert line, printed.decode()
                printed += line
        yield printed.decode()
    finally:
        process.send_signal(signal.SIGINT)
        await asyncio.wait_for(process.communicate(), STOPS_WITHIN)


async def curl(printed: str, token_of: str | None = None) -> dict[str, Any]:
    """The answer to the printed curl line, with the token of a caller in place of the printed one."""
    words = shlex.split(next(line for line in printed.splitlines() if line.startswith("curl ")))
    headers = dict(words[i + 1].split(": ", 1) for i, word in enumerate(words) if word == "-H")
    if token_of is not None:
        token = re.search(rf"{re.escape(token_of)}.*:\n(\S+)", printed)
        assert token is not None
        headers["Authorization"] = f"Bearer {token[1]}"
    async with httpx.AsyncClient() as client:
        answer = await client.post(words[2], headers=headers, content=words[words.index("-d") + 1])
    return dict(answer.json())


_WHO = {"query": "{ viewer { role } }"}


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def the_activity_page_offers_the_printed_callers(printed: str) -> None:
    address = re.search(r"^Activity  (\S+)$", printed, re.MULTILINE)
    assert address is not None
    async with httpx.AsyncClient(base_url=address[1]) as client:
        assert "<title>Activity</title>" in (await client.get("/")).text
        offered = (await client.get("/page-settings.json")).json()["demoCallers"]
        answers = [await client.post("graphql", json=_WHO, headers=_bearer(caller["token"])) for caller in offered]
    assert {f"{caller['name']}:\n" in printed for caller in offered} == {True}
    assert {answer.status_code for answer in answers} == {200}
    assert f"GraphiQL  {address[1]}graphiql\n" in printed


async def test_the_demo_answers_each_kind_of_caller_and_a_second_run_adds_nothing(data_directory: Path) -> None:
    async with running_demo(data_directory) as printed:
        assert "1,039 new rows" in printed
        assert "60 unattributed" in printed
        assert re.search(r"30 days before: 15,\d{3} new rows", printed)
        # It serves as the role that may no more than it needs.
        assert "warning" not in printed
        nodes = (await curl(printed))["data"]["smtpActivities"]["nodes"]
        assert len(nodes) == 5
        await the_activity_page_offers_the_printed_callers(printed)
        assert re.search(r"-0[45]:00$", nodes[0]["sentAt"])
        for caller, code in (
            ("northwind, regular", None),
            ("northwind, custom user with A", None),
            ("northwind, custom user without", "FORBIDDEN"),
            ("acme, regular", None),
            ("globex, regular", "SMTP_PLAN_REQUIRED"),
        ):
            answer = await curl(printed, caller)
            assert [error["extensions"]["code"] for error in answer.get("errors", [])] == ([code] if code else [])
    async with running_demo(data_directory) as printed:
        assert "0 new rows, 0 changed rows" in printed
        assert "30 days before: 0 new rows" in printed


async def test_the_demo_leaves_a_database_of_the_operators_own_alone(commands: Commands) -> None:
    assert "unset DATABASE_URL" in await commands.failure("demo")
