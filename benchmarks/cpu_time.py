"""CPU time of other processes, in nanoseconds, from outside (Linux)."""

import time
from pathlib import Path


def of_tree(pid: int) -> dict[int, int]:
    """Of a process and all that descend from it, each with its threads, the ended ones included."""
    times = {pid: _of_process(pid)}
    for child in children(pid):
        times |= of_tree(child)
    return times


def spent(before: dict[int, int], after: dict[int, int]) -> int:
    """By those that are still there; who began meanwhile counts from its beginning, who ended is left out."""
    return sum(time_ - before.get(pid, 0) for pid, time_ in after.items())


def children(pid: int) -> list[int]:
    """The processes that this one started and that run."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def megabytes(pid: int) -> int:
    """The memory that a process and its descendants hold, what they share counted for each."""
    status = Path(f"/proc/{pid}/status").read_text()
    own = int(status.partition("VmRSS:")[2].split()[0]) // 1024
    return own + sum(map(megabytes, children(pid)))


def _of_process(pid: int) -> int:
    # The process's own clock, as clock_getcpuclockid(3) names it: the scheduler's count, while /proc/PID/stat has
    # hundredths of a second, and /proc/PID/schedstat knows one thread only.
    try:
        return time.clock_gettime_ns(~pid << 3 | 2)
    except OSError:
        return 0
