"""Posts the batches of a spool to `/ingest/events`, the oldest first, each until it is answered."""

import asyncio
import gzip
import logging
from http import HTTPStatus

import httpx
import msgspec

from ingest.delivery_events import MEDIA_TYPE
from ingest.spool import Batch, Spool

_FIRST_WAIT = 1.0
_LONGEST_WAIT = 60.0
_BETWEEN_LOOKS = 0.2
_REFUSED = "refused"

_log = logging.getLogger(__name__)


class _Answer(msgspec.Struct):
    line: int
    outcome: str
    reason: str = ""


_ANSWER = msgspec.json.Decoder(_Answer)


class NotAnswered(Exception):
    """The batch was not taken: it is to be posted again, in so many seconds if the server says when."""

    def __init__(self, reason: str, after: float | None = None) -> None:
        super().__init__(reason)
        self.after = after


class Poster:
    """Posts to a URL, with a client that has the token."""

    def __init__(self, client: httpx.AsyncClient, url: str, spool: Spool) -> None:
        self._client = client
        self._url = url
        self._spool = spool

    async def run(self) -> None:
        """Post what there is and what comes, until cancelled; what was posted when that happens is posted again."""
        wait = _FIRST_WAIT
        while True:
            batch = self._spool.oldest()
            if batch is None:
                await asyncio.sleep(_BETWEEN_LOOKS)
                continue
            try:
                refused = await self._post(batch.lines) if batch.lines else []
            except NotAnswered as error:
                _log.warning("events wait in the spool: %s Next try in %g s.", error, error.after or wait)
                await asyncio.sleep(error.after or wait)
                wait = min(2 * wait, _LONGEST_WAIT)
                continue
            wait = _FIRST_WAIT
            self._forget(batch, refused)

    async def _post(self, lines: list[bytes]) -> list[_Answer]:
        """The answers to the lines that were refused; raises NotAnswered."""
        headers = {"Content-Type": MEDIA_TYPE, "Content-Encoding": "gzip"}
        try:
            # The same body whenever it is posted.
            packed = gzip.compress(b"".join(lines), 1, mtime=0)
            response = await self._client.post(self._url, content=packed, headers=headers)
        except httpx.TransportError as error:
            raise NotAnswered(f"{type(error).__name__}.") from error
        if response.status_code != HTTPStatus.OK:
            after = response.headers.get("retry-after", "")
            seconds = min(float(after), _LONGEST_WAIT) if after.isdecimal() else None
            raise NotAnswered(f"The server says {response.status_code}: {response.text[:300]}", seconds)
        try:
            answers = [_ANSWER.decode(line) for line in response.content.splitlines()]
        except msgspec.DecodeError as error:
            raise NotAnswered("The server's answer is none of /ingest/events.") from error
        if [answer.line for answer in answers] != list(range(1, len(lines) + 1)):
            raise NotAnswered("The server has not answered each line.")
        return [answer for answer in answers if answer.outcome == _REFUSED]

    def _forget(self, batch: Batch, refused: list[_Answer]) -> None:
        kept = []
        for answer in refused:
            _log.warning("an event was refused, and is kept in the spool: %s", answer.reason)
            line = msgspec.Raw(batch.lines[answer.line - 1].strip())
            kept.append(msgspec.json.encode({"reason": answer.reason, "event": line}) + b"\n")
        self._spool.posted(batch, kept)
