"""Runs all benchmarks on a database and a service of their own, which are gone afterwards; prints Markdown tables."""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

_HERE = Path(__file__).parent
_COMMAND = str(Path(sys.executable).parent / "smtp-activity")
ACCOUNT, USER_NAME = "bench", "bench@relay1.example.net"


def smtp_activity(*arguments: str) -> str:
    """What the command prints; its failure ends the benchmark."""
    return subprocess.run([_COMMAND, *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout  # noqa: S603  # Ours.


def prepare(directory: str, settings: str = "", *, found: bool = False) -> str:
    """A database in this directory, migrated and with the benchmarks' account; where it is while the service runs.

    One that is found has its account and its PostgreSQL's settings already.
    """
    os.environ.pop("DATABASE_URL", None)
    # One caller asks as fast as it can, and with tokens that are revoked.
    os.environ["SMTP_ACTIVITY_RATE_LIMIT"] = '{"points": 1000000000, "failed_authentications": 1000000}'
    os.environ["SMTP_ACTIVITY_DATA_DIRECTORY"] = directory
    smtp_activity("migrate")
    if not found:
        # The embedded PostgreSQL has stopped, and reads them when the next command starts it.
        with Path(directory, "postgres/postgresql.conf").open("a") as file:
            file.write(settings)
        smtp_activity("account", "create", ACCOUNT, "--name", "Bench", "--time-zone", "UTC", "--plan-until", "forever")
        smtp_activity("credential", "add", USER_NAME, "--account", ACCOUNT)
    # As long as the service runs, so does the embedded PostgreSQL, whose socket lies in the data directory.
    return f"postgresql://smtp_activity@/smtp_activity?host={directory}/postgres"


def issue_token(role: str, account: str = ACCOUNT) -> str:
    """A token of the benchmarks' account, or of another."""
    return smtp_activity("token", "issue", "--account", account, "--role", role, "--lifetime", "1d").strip()


def script(name: str, *arguments: str) -> None:
    """Run a benchmark; it prints its own table."""
    print(flush=True)
    subprocess.run([sys.executable, _HERE / name, *arguments], check=True)  # noqa: S603  # Ours.


@contextmanager
def service(address: str, port: int) -> Iterator[int]:
    """The service with one worker, once it is ready; answers its process id."""
    with subprocess.Popen([_COMMAND, "serve", "--port", str(port)], stderr=subprocess.DEVNULL) as process:  # noqa: S603  # Ours.
        try:
            _wait_until_ready(f"{address}/readyz", process)
            yield process.pid
        finally:
            process.terminate()


def _wait_until_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise SystemExit("The service ended by itself.")
        try:
            with urlopen(url):  # noqa: S310  # Our own service.
                return
        except URLError:
            time.sleep(0.1)
    raise SystemExit("The service did not get ready.")


def main() -> None:
    """Measure everything, or less of it as the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--activities", default="200000")
    parser.add_argument("--messages", default="20000", help="in each log that is ingested")
    parser.add_argument("--rounds", default="15", help="of page and search requests")
    parser.add_argument("--port", type=int, default=8321)
    given = parser.parse_args()
    address = f"http://127.0.0.1:{given.port}"
    with tempfile.TemporaryDirectory(prefix="bench") as directory:
        database = prepare(directory)
        token = issue_token("regular")
        with service(address, given.port) as pid:
            print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}\n", flush=True)
            script("generate.py", "--database", database, "--account", ACCOUNT, "--activities", given.activities)
            script(
                "page_and_search.py",
                "--url",
                f"{address}/graphql",
                "--token",
                token,
                "--pid",
                str(pid),
                "--rounds",
                given.rounds,
            )
            administrator = issue_token("administrator")
            # A worker of the same database, as those of `serve --workers` are, but with an address of its own.
            os.environ["DATABASE_URL"] = database
            other = f"http://127.0.0.1:{given.port + 1}"
            with service(other, given.port + 1):
                script("revocation.py", "--here", address, "--there", other, "--token", administrator)
            del os.environ["DATABASE_URL"]
            script("ingest_logs.py", "--user-name", USER_NAME, "--messages", given.messages)
            # The last one, for it empties the tables.
            superuser = database.replace("//smtp_activity@", "//postgres@")
            script("ingest_against_copy.py", "--database", superuser, "--user-name", USER_NAME)


if __name__ == "__main__":
    main()
