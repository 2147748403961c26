"""The clock, which enters every room from outside so that tests can hold it still."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """This instant, aware, in UTC; handed in by the application and the command line, called by nobody else."""
    return datetime.now(UTC)
