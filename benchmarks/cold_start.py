"""Measures how long `smtp-activity serve` takes from its start to its first answered request, on a migrated database.

Starts everything itself; the database's server runs all the time.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

from run import issue_token, prepare, service

_COMMAND = str(Path(sys.executable).parent / "smtp-activity")
_QUERY = json.dumps(
    {"query": "{ smtpActivities(first: 50) { nodes { id sentAt status recipient subject } } }"}
).encode()


def start(port: int, token: str) -> float:
    """Seconds from the command's start to its first answer."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = Request(f"http://127.0.0.1:{port}/graphql", _QUERY, headers)
    began = time.perf_counter()
    with subprocess.Popen([_COMMAND, "serve", "--port", str(port)], stderr=subprocess.DEVNULL) as process:  # noqa: S603  # Ours.
        try:
            while process.poll() is None:
                try:
                    with urlopen(request) as response:  # noqa: S310  # As above.
                        answer = json.load(response)
                    took = time.perf_counter() - began
                    if "errors" in answer:
                        raise SystemExit(f"The service answers: {answer}")
                    return took
                except URLError:
                    time.sleep(0.01)
            raise SystemExit("The service ended by itself.")
        finally:
            process.terminate()


def main() -> None:
    """Measure, and print a line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--port", type=int, default=8331)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench") as directory:
        prepare(directory)
        token = issue_token("regular")
        # While this one runs, so does the embedded PostgreSQL.
        with service(f"http://127.0.0.1:{given.port + 1}", given.port + 1):
            seconds = sorted(start(given.port, token) for _ in range(given.rounds))
    median = statistics.median(seconds)
    print(f"First answer after {median:.2f} s (median of {given.rounds}; {seconds[-1]:.2f} s at most).")


if __name__ == "__main__":
    main()
