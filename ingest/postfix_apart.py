"""A Postfix log that is parsed by a process of its own, so that two cores work; this module is that process as well.

It writes frames to its standard output: their length in four bytes, then MessagePack. It knows no database, and when
whoever started it is gone, it ends as it writes the next one.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import msgspec

from ingest.errors import IngestError, UndatedLog, UnreadableFile
from ingest.log_file import STANDARD_INPUT, open_log
from ingest.parsed import LINES_PER_LARGE_BATCH, LogToRead, Parsed, parsed
from ingest.postfix_parsing import PostfixParsing

# From this size on, in bytes as it lies on the disk, a log is worth a second process, which takes a tenth of a second
# to start.
LARGE = 4 << 20

_LENGTH_BYTES = 4


class ReaderDied(IngestError):
    """The process that reads the log has died: what it had read is recorded; read the log again."""

    code = "READER_DIED"


class _Order(msgspec.Struct):
    parsing: PostfixParsing
    lines_per_batch: int


class _Failed(msgspec.Struct, tag=True, array_like=True):
    code: str
    message: str


_FRAME: msgspec.msgpack.Decoder[Parsed | LogToRead | _Failed] = msgspec.msgpack.Decoder(Parsed | LogToRead | _Failed)
_ERRORS = {error.code: error for error in (UnreadableFile, UndatedLog)}


class ParserApart:
    """A process that parses a log from now on; it waits when it is a batch ahead."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def read(self) -> tuple[LogToRead, Iterator[Parsed]]:
        """The log, and what it is parsed to; both raise UnreadableFile, UndatedLog and ReaderDied."""
        frames = _frames(self._process)
        log = next(frames, None)
        if not isinstance(log, LogToRead):
            raise ReaderDied
        return log, (frame for frame in frames if isinstance(frame, Parsed))


def is_worth_a_process(name: str, large: int = LARGE) -> bool:
    """Whether a log, given by its path or `-`, is so large, and a second core is there for it."""
    path = Path(name)
    if name == STANDARD_INPUT or not path.is_file() or (os.cpu_count() or 1) == 1:
        return False
    return path.stat().st_size >= large


@contextmanager
def parsing_apart(
    name: str, parsing: PostfixParsing, lines_per_batch: int = LINES_PER_LARGE_BATCH
) -> Iterator[ParserApart]:
    """What parses a log, given by its path, from now on and no longer than the context."""
    order = msgspec.json.encode(_Order(parsing, lines_per_batch)).decode()
    # -P: nothing is imported from the directory that somebody happens to be in.
    command = [sys.executable, "-P", "-m", "ingest.postfix_apart", name, order]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:  # noqa: S603  # Ours.
        try:
            yield ParserApart(process)
        finally:
            process.kill()


def _frames(process: subprocess.Popen[bytes]) -> Iterator[Parsed | LogToRead]:
    pipe = process.stdout
    assert pipe is not None  # noqa: S101  # It was asked for.
    while len(length := pipe.read(_LENGTH_BYTES)) == _LENGTH_BYTES:
        size = int.from_bytes(length)
        if len(payload := pipe.read(size)) < size:
            break
        frame = _FRAME.decode(payload)
        if isinstance(frame, _Failed):
            raise _ERRORS[frame.code](frame.message)
        yield frame
    if process.wait() != 0:
        raise ReaderDied


def main(name: str, order: _Order, pipe: IO[bytes]) -> None:
    """Be the process."""

    def write(frame: Parsed | LogToRead | _Failed) -> None:
        payload = msgspec.msgpack.encode(frame)
        pipe.write(len(payload).to_bytes(_LENGTH_BYTES) + payload)
        pipe.flush()

    try:
        with open_log(name) as log:
            write(LogToRead.of(log))
            for batch in parsed(log, order.parsing.parser(log), order.lines_per_batch):
                if batch is not None:
                    write(batch)
    except (UnreadableFile, UndatedLog) as error:
        write(_Failed(error.code, str(error)))


if __name__ == "__main__":
    # Whoever interrupts the command interrupts this process too, which ends when the command has.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        main(sys.argv[1], msgspec.json.decode(sys.argv[2], type=_Order), sys.stdout.buffer)
    except BrokenPipeError:
        os._exit(1)  # nobody is there any more; nothing is to be flushed
