"""Measures how much memory `smtp-activity ingest postfix` takes for a small log and for a large one.

Starts everything itself. The log grows by pieces of half a day each; the peak is the kernel's own count (VmHWM).
"""

import argparse
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from mail_log import write_log
from run import USER_NAME, prepare

_COMMAND = Path(sys.executable).parent / "smtp-activity"
_MESSAGES_IN_A_PIECE = 20_000


def write_large(log: Path, megabytes: int, scratch: Path) -> int:
    """A log of at least this size, of the days before now; answers its lines."""
    lines = 0
    pieces: list[Path] = []
    while sum(piece.stat().st_size for piece in pieces) < megabytes << 20:
        number = len(pieces)
        piece = scratch / f"{number:04}"
        end = datetime.now(UTC) - number * timedelta(hours=12)
        lines += write_log(piece, messages=_MESSAGES_IN_A_PIECE, seed=number, user_name=USER_NAME, end=end)[0]
        pieces.append(piece)
    with log.open("wb") as whole:
        for piece in reversed(pieces):
            with piece.open("rb") as part:
                shutil.copyfileobj(part, whole)
            piece.unlink()
    return lines


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, nargs="+", default=[10, 100, 500], help="sizes, the smallest first")
    given = parser.parse_args()
    print("| log | lines | lines/s | peak memory |\n|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory(prefix="bench") as directory:
        prepare(directory)
        for megabytes in given.megabytes:
            log = Path(directory) / f"mail.log.{megabytes}"
            lines = write_large(log, megabytes, Path(directory))
            began = time.perf_counter()
            # The peak of the largest child so far: sizes grow, and so do peaks, if they do.
            subprocess.run([_COMMAND, "ingest", "postfix", log], check=True, stdout=subprocess.DEVNULL)  # noqa: S603  # Ours.
            took = time.perf_counter() - began
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
            print(f"| {log.stat().st_size >> 20:,} MB | {lines:,} | {lines / took:,.0f} | {peak:,.0f} MB |", flush=True)
            log.unlink()


if __name__ == "__main__":
    main()
