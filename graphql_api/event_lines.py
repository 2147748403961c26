"""The lines of a body that is read as it comes: unpacked, timed and bounded, so that no body fills the memory."""

import asyncio
import zlib
from collections.abc import AsyncIterator, Iterator

from starlette.requests import ClientDisconnect, Request

from graphql_api.limits import Limits
from graphql_api.refusals import BadRequest, BodyTooSlow, NotEvents, TooManyEvents

# Of one step of unpacking: a bomb is noticed before it has filled the memory.
_STEP = 1 << 16
_GZIP = 16 + zlib.MAX_WBITS


async def event_lines(request: Request, limits: Limits) -> AsyncIterator[bytes]:
    """The lines, without their line feeds; one that is too long is cut just behind its limit. Raises BadRequest."""
    half = b""
    async for piece in _bounded(request, limits):
        *whole, half = (half + piece).split(b"\n")
        for line in whole:
            yield line[: limits.event_bytes + 1]
        # What comes behind the limit adds nothing.
        half = half[: limits.event_bytes + 1]
    if half:
        yield half


async def _bounded(request: Request, limits: Limits) -> AsyncIterator[bytes]:
    unpacking = _unpacking(request)
    read = 0
    async for chunk in _chunks(request, limits.body_timeout.total_seconds()):
        for piece in unpacking.pieces(chunk):
            read += len(piece)
            if read > limits.events_bytes:
                raise TooManyEvents(f"The events are too many for one request: at most {limits.events_bytes} bytes.")
            yield piece
    unpacking.end()


async def _chunks(request: Request, seconds: float) -> AsyncIterator[bytes]:
    """What the client sends, as long as each piece comes in time."""
    stream = request.stream()
    while True:
        try:
            async with asyncio.timeout(seconds):
                chunk = await anext(stream)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise BodyTooSlow(f"The body came too slowly: nothing for {seconds:g} s.") from None
        except ClientDisconnect:
            raise BadRequest("The body ended early.") from None
        yield chunk


class _Plain:
    def pieces(self, chunk: bytes) -> Iterator[bytes]:
        yield chunk

    def end(self) -> None:
        """Nothing is owed."""


class _Gzip:
    """RFC 1952, of one member or several."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(_GZIP)

    def pieces(self, chunk: bytes) -> Iterator[bytes]:
        """What a chunk unpacks to, in small steps; raises BadRequest."""
        try:
            while chunk:
                if self._member.eof:
                    self._member = zlib.decompressobj(_GZIP)
                yield self._member.decompress(chunk, _STEP)
                chunk = self._member.unconsumed_tail or self._member.unused_data
        except zlib.error:
            raise BadRequest("The compressed body is damaged.") from None

    def end(self) -> None:
        """Raises BadRequest when a member has no end."""
        if not self._member.eof:
            raise BadRequest("The compressed body is cut.")


def _unpacking(request: Request) -> _Plain | _Gzip:
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip"):
        raise NotEvents
    return _Gzip() if encoding == "gzip" else _Plain()
