"""What several benchmarks share: a PostgreSQL with the activities of many accounts, made or found where it was kept."""

import argparse
import asyncio
import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import many_accounts
from many_accounts import Plan
from run import ACCOUNT, prepare, service

# What a row takes with its indexes, and what is left alone of the disk: the log of writes, and others' work.
_BYTES_A_ROW = 900
_SPARE_BYTES = 12_000_000_000
# PostgreSQL's own settings but for these. A server of this size would have more than the 128 MB of the default.
_SETTINGS = """
shared_buffers = '1GB'
shared_preload_libraries = 'pg_stat_statements'
pg_stat_statements.track_planning = on
"""


class DataSet(NamedTuple):
    """Where it is: the superuser's URL, the URL of a service, PostgreSQL's process, and what was made."""

    database: str
    service: str
    postmaster: int
    plan: Plan


def options(parser: argparse.ArgumentParser, plan: Plan = Plan()) -> None:  # noqa: B008  # It is frozen.
    """What the scripts that use a data set have in common."""
    parser.add_argument("--activities", type=int, default=plan.activities)
    parser.add_argument("--accounts", type=int, default=plan.accounts, help="1: all activities are one account's")
    parser.add_argument("--days", type=int, default=plan.days)
    parser.add_argument("--seed", type=int, default=plan.seed)
    parser.add_argument("--keep", type=Path, help="a directory: the data set is found there, or made and left there")
    parser.add_argument("--port", type=int, default=8421)


@contextmanager
def data_set(given: argparse.Namespace) -> Iterator[DataSet]:
    """The data set that the options name, as long as its PostgreSQL runs; the port below theirs is taken."""
    with ExitStack() as stack:
        directory = given.keep or Path(stack.enter_context(TemporaryDirectory(prefix="bench")))
        directory.mkdir(parents=True, exist_ok=True)
        asked = Plan(given.activities, given.accounts, given.days, given.seed)
        note = directory / "data_set.json"
        found = note.exists()
        plan = Plan(*json.loads(note.read_text())) if found else _fitting(asked, directory)
        if found and plan != asked:
            raise SystemExit(f"{directory} holds {plan}, not {asked}: name another directory, or remove it.")
        if not found and (directory / "postgres").exists():
            raise SystemExit(f"{directory} holds a data set that was not finished: remove it.")
        database = prepare(str(directory), _SETTINGS, found=found).replace("//smtp_activity@", "//postgres@")
        # It keeps PostgreSQL running.
        address = f"http://127.0.0.1:{given.port - 1}"
        stack.enter_context(service(address, given.port - 1))
        if not found:
            asyncio.run(many_accounts.fill(database, ACCOUNT, plan))
            note.write_text(json.dumps(plan))
        postmaster = int((directory / "postgres/postmaster.pid").read_text().split()[0])
        yield DataSet(database, address, postmaster, plan)


def _fitting(plan: Plan, directory: Path) -> Plan:
    """The plan, or as much of it as the disk allows."""
    fit = max(shutil.disk_usage(directory).free - _SPARE_BYTES, 0) // _BYTES_A_ROW
    if fit >= plan.activities:
        return plan
    if fit < 100_000:
        raise SystemExit(f"The disk has too little room for a data set beside {_SPARE_BYTES:,} bytes that stay free.")
    print(f"The disk has room for {fit:,} activities instead of {plan.activities:,}: this is what is made.", flush=True)
    return plan._replace(activities=fit)
