"""Running `postqueue -j`: once, or now and then while logs are followed."""

import logging
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from tempfile import TemporaryFile

from ingest.errors import UnreadableFile
from ingest.log_file import LogFile
from ingest.log_tail import BEGINNING

_log = logging.getLogger(__name__)

_COMMAND = ("postqueue", "-j")
# Where Postfix's commands are when a user's path does not say so.
_ALSO_IN = "/usr/sbin:/usr/local/sbin"
_LONGEST = 60


def list_queue() -> list[bytes]:
    """The lines of `postqueue -j`; raises UnreadableFile."""
    path = f"{os.environ.get('PATH', os.defpath)}:{_ALSO_IN}"
    try:
        done = subprocess.run(  # noqa: S603  # Postfix's command, no shell.
            _COMMAND, capture_output=True, check=False, timeout=_LONGEST, env={**os.environ, "PATH": path}
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UnreadableFile(f"{' '.join(_COMMAND)}: {error}.") from error
    if done.returncode != 0:
        said = " ".join(done.stderr.decode("utf-8", "replace").split())
        raise UnreadableFile(f"{' '.join(_COMMAND)}: {said or f'exit code {done.returncode}'}.")
    return done.stdout.splitlines(keepends=True)


@contextmanager
def queue_listing(name: str) -> Iterator[LogFile]:
    """A listing of this moment, to be read as a log; raises UnreadableFile."""
    with TemporaryFile() as file:
        file.writelines(list_queue())
        file.seek(0)
        yield LogFile(name, file)


class QueueListing:
    """The queue as a source that is followed: a listing each `interval`."""

    def __init__(
        self, interval: timedelta = timedelta(minutes=1), monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.place = BEGINNING
        self._interval = interval.total_seconds()
        self._monotonic = monotonic
        self._next_at = monotonic()
        self._lines: list[bytes] = []

    def lines(self, most: int) -> list[bytes]:
        """The next lines of a listing; none until it is time for the next."""
        if not self._lines and self._monotonic() >= self._next_at:
            self._next_at = self._monotonic() + self._interval
            try:
                self._lines = list_queue()
            except UnreadableFile as error:  # the mail system is stopped, and its logs are still to be followed
                _log.warning("%s", error)
        lines, self._lines = self._lines[:most], self._lines[most:]
        return lines

    def close(self) -> None:
        """Nothing is held open."""
