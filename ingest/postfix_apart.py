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
from typing import IO

import msgspec

from ingest.errors import IngestError, UndatedLog, UnreadableFile
from ingest.log_file import open_log
from ingest.parsed import LogToRead, Parsed, parsed
from ingest.postfix_parsing import PostfixParsing

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


@contextmanager
def reading_apart(
    name: str, parsing: PostfixParsing, lines_per_batch: int
) -> Iterator[tuple[LogToRead, Iterator[Parsed]]]:
    """A log, given by its path, and what it is parsed to; both raise UnreadableFile, UndatedLog and ReaderDied."""
    order = msgspec.json.encode(_Order(parsing, lines_per_batch)).decode()
    # -P: nothing is imported from the directory that somebody happens to be in.
    command = [sys.executable, "-P", "-m", "ingest.postfix_apart", name, order]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:  # noqa: S603  # Ours.
        try:
            frames = _frames(process)
            log = next(frames, None)
            if not isinstance(log, LogToRead):
                raise ReaderDied
            yield log, (frame for frame in frames if isinstance(frame, Parsed))
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
