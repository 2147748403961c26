"""The host's public keys by URL (a JWK set, RFC 7517): remembered, and fetched anew beside the requests.

What a key is used for is fixed by configuration; the URL only says which keys there are.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from http import HTTPStatus

import httpx

from auth.errors import KeysUnavailable, UnusableKey
from auth.key_location import KeyLocation
from auth.keys import TokenKey, parse_published_keys
from models.clock import Clock

_log = logging.getLogger(__name__)

_MAX_BYTES = 256 * 1024
_TIMEOUT_SECONDS = 5
# Whoever sends tokens of unknown keys makes the service ask this often, and no more.
_PAUSE = timedelta(seconds=10)


class RemoteKeys:
    """The keys of one location; made by `open_remote_keys`."""

    def __init__(self, client: httpx.AsyncClient, location: KeyLocation, clock: Clock) -> None:
        self._client = client
        self._location = location
        self._clock = clock
        self._keys: tuple[TokenKey, ...] = ()
        self._document = b""
        self._fetched_at: datetime | None = None
        self._tried_at: datetime | None = None
        self._fetching: asyncio.Task[None] | None = None

    def current(self) -> tuple[TokenKey, ...]:
        """The keys that hold now, none perhaps; when they are old they are renewed, but nobody waits for it."""
        now, location = self._clock(), self._location
        if self._fetched_at is None or now < self._fetched_at + location.max_age:
            return self._keys
        self._begin(now)
        return self._keys if now < self._fetched_at + location.max_age + location.max_stale else ()

    async def renew(self) -> tuple[TokenKey, ...]:
        """The keys after another fetch, unless one was tried just now; raises KeysUnavailable when none hold."""
        self._begin(self._clock())
        if self._fetching is not None:
            # Shielded: a caller who gives up must not end the fetch for the others.
            await asyncio.shield(self._fetching)
        keys = self.current()
        if not keys:
            raise KeysUnavailable
        return keys

    async def close(self) -> None:
        """End a fetch that is under way."""
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.wait([self._fetching])

    def _begin(self, now: datetime) -> None:
        if self._fetching is not None and not self._fetching.done():
            return
        if self._tried_at is None or now >= self._tried_at + _PAUSE:
            self._tried_at = now
            self._fetching = asyncio.create_task(self._fetch(now))

    async def _fetch(self, now: datetime) -> None:
        location = self._location
        try:
            async with asyncio.timeout(_TIMEOUT_SECONDS):
                document = await self._download()
            if document != self._document:
                self._keys = parse_published_keys(document, location.url, location.algorithms)
                self._document = document
            self._fetched_at = now
        except UnusableKey as error:
            _log.warning("token keys cannot be renewed: %s", error)
        except (httpx.HTTPError, TimeoutError) as error:
            _log.warning("token keys cannot be renewed: %s", type(error).__name__)

    async def _download(self) -> bytes:
        # Uncompressed, so that what is received is what is measured. Redirects are not followed.
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        async with self._client.stream("GET", self._location.url, headers=headers) as response:
            if response.status_code != HTTPStatus.OK:
                raise UnusableKey(f"{self._location.url} answers {response.status_code}.")
            document = bytearray()
            async for chunk in response.aiter_raw():
                document += chunk
                if len(document) > _MAX_BYTES:
                    raise UnusableKey(f"{self._location.url} answers more than {_MAX_BYTES} bytes.")
            return bytes(document)


@asynccontextmanager
async def open_remote_keys(location: KeyLocation | None, clock: Clock) -> AsyncIterator[RemoteKeys | None]:
    """The keys of a location, fetched when they are first needed; None without a location."""
    if location is None:
        yield None
        return
    async with httpx.AsyncClient(timeout=_TIMEOUT_SECONDS) as client:
        keys = RemoteKeys(client, location, clock)
        try:
            yield keys
        finally:
            await keys.close()
