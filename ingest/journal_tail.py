"""The entries of systemd's journal, as journalctl(1) writes them: those that are there, or also those that come."""

import os
import subprocess
from collections.abc import Sequence
from tempfile import TemporaryFile

from ingest.errors import UnreadableFile
from ingest.journal_line import cursor_of
from ingest.log_tail import BEGINNING, Place

POSTFIX_UNITS = ("postfix.service", "postfix@*.service")
"""The units that run Postfix, as Debian and Fedora name them."""

_COMMAND = ("journalctl", "--output=json", "--all", "--no-pager", "--quiet")
_FIELDS = "--output-fields=MESSAGE,SYSLOG_IDENTIFIER,SYSLOG_PID,_PID,_HOSTNAME"
_CHUNK = 1 << 16


class JournalTail:
    """Goes on after the entry whose cursor is the place's fingerprint; its position counts bytes of JSON.

    With `follow` no call waits; without, each waits for a whole batch, and an empty one is the end.
    """

    def __init__(self, place: Place = BEGINNING, *, units: Sequence[str] = POSTFIX_UNITS, follow: bool) -> None:
        self.place = place
        self._units = units
        self._follow = follow
        self._process: subprocess.Popen[bytes] | None = None
        self._errors = TemporaryFile()  # noqa: SIM115  # It lives as long as the process that writes it.
        self._read = b""

    def lines(self, most: int) -> list[bytes]:
        """The next entries, one a line; raises UnreadableFile when journalctl ends otherwise than asked."""
        self._fill(most)
        *whole, _ = self._read.split(b"\n", most)
        lines = [line + b"\n" for line in whole]
        size = sum(map(len, lines))
        self._read = self._read[size:]
        cursors = (cursor for line in reversed(lines) if (cursor := cursor_of(line)) is not None)
        self.place = Place(next(cursors, self.place.fingerprint), self.place.position + size)
        return lines

    def close(self) -> None:
        """End journalctl."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
        self._errors.close()

    def _fill(self, most: int) -> None:
        """Read until there are so many lines, or no more of them."""
        process = self._process = self._process or self._started()
        if process.stdout is None:
            raise TypeError("journalctl has no output.")
        missing = most - self._read.count(b"\n")
        while missing > 0:
            try:
                chunk = os.read(process.stdout.fileno(), _CHUNK)
            except BlockingIOError:
                return
            if not chunk:
                self._check_end(process)
                return
            self._read += chunk
            missing -= chunk.count(b"\n")

    def _started(self) -> "subprocess.Popen[bytes]":
        arguments = [_FIELDS, *(f"--unit={unit}" for unit in self._units)]
        if self._follow:
            arguments += ["--follow", "--no-tail"]
        if self.place.fingerprint:
            arguments.append(f"--after-cursor={self.place.fingerprint}")
        try:
            process = subprocess.Popen(  # noqa: S603  # No shell.
                [*_COMMAND, *arguments],
                stdout=subprocess.PIPE,
                stderr=self._errors,
                # Whoever stops this process by the terminal does not stop journalctl before it.
                start_new_session=True,
            )
        except OSError as error:
            raise UnreadableFile(f"journalctl: {error.strerror}.") from error
        if process.stdout is not None:
            os.set_blocking(process.stdout.fileno(), not self._follow)
        return process

    def _check_end(self, process: "subprocess.Popen[bytes]") -> None:
        code = process.wait()
        if code == 0 and not self._follow:
            return
        self._errors.seek(0)
        said = " ".join(self._errors.read().decode("utf-8", "replace").split())
        raise UnreadableFile(f"journalctl ended: {said or f'exit code {code}'}.")
