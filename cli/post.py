"""Following sources on a relay without a database: what is read goes into a spool, and from there to the service."""

import asyncio
import signal
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import structlog
import typer

from cli.log import configure_log
from graphql_api.settings import Settings
from ingest.errors import IngestError
from ingest.follow import Followed, ToFollow
from ingest.parsed import LINES_PER_BATCH
from ingest.spool import Spool, open_spool
from ingest.tally import Tally
from models.clock import Clock, utc_now

_SECONDS_BETWEEN_LOOKS = 0.5
_ANSWERS_WITHIN = 120.0
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

_log = structlog.get_logger()


def post_until_stopped(settings: Settings, sources: Sequence[ToFollow], url: str, spool: Path | None) -> None:
    """Follow the sources until SIGTERM or SIGINT, and post; what was read by then is on the disk, or at the service."""
    token = _token(settings)
    _check_address(url)
    directory = spool or settings.data_directory / "spool"
    try:
        with open_spool(directory, settings.spool_bytes) as opened:
            asyncio.run(_run(Posting(opened, sources), url, token))
    except IngestError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


@dataclass(frozen=True, slots=True)
class Posting:
    """Reads sources into a spool."""

    spool: Spool
    sources: Sequence[ToFollow]
    clock: Clock = utc_now
    lines_per_batch: int = LINES_PER_BATCH
    seconds_between_looks: float = _SECONDS_BETWEEN_LOOKS

    async def read(self, stop: asyncio.Event) -> None:
        """Until `stop`; raises IngestError."""
        with ExitStack() as stack:
            followed = [source.begin(self.spool.progress(source.name), Tally()) for source in self.sources]
            for one in followed:
                stack.callback(one.close)
            while not stop.is_set():
                if self.spool.is_full or not await self._look(followed):
                    await _sleep(self.seconds_between_looks, stop)

    async def _look(self, followed: Sequence[Followed]) -> bool:
        """Read a batch of each; whether one was full, so that there may be more at once."""
        lines = [await one.record_some(self.spool, self.clock, self.lines_per_batch) for one in followed]
        return max(lines) == self.lines_per_batch


async def _run(posting: Posting, url: str, token: str) -> None:
    configure_log()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    _log.info("following", sources=[source.name for source in posting.sources], post=url)
    await post(posting, url, token, stop)
    _log.info("stopped")


async def post(posting: Posting, url: str, token: str, stop: asyncio.Event) -> None:
    """Read and post until `stop`; raises IngestError."""
    # Every other way to read a log has no need of a client, which takes a tenth of a second to load.
    import httpx

    from ingest.poster import Poster

    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(headers=headers, timeout=_ANSWERS_WITHIN) as client:
        posts = asyncio.create_task(Poster(client, url, posting.spool).run())
        reads = asyncio.create_task(posting.read(stop))
        await asyncio.wait((posts, reads), return_when=asyncio.FIRST_COMPLETED)
        for task in (posts, reads):
            task.cancel()
        results = await asyncio.gather(posts, reads, return_exceptions=True)
    for result in results:
        if isinstance(result, Exception):
            raise result


def _token(settings: Settings) -> str:
    try:
        return settings.load_post_token()
    except ValueError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


def _check_address(url: str) -> None:
    """Who listens on the way must not read the token."""
    parts = urlsplit(url)
    if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)):
        raise typer.BadParameter("must be https://…; http:// is for this machine alone.", param_hint="--post")


async def _sleep(seconds: float, stop: asyncio.Event) -> None:
    """Wait, but not longer than until `stop`."""
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
