"""Limits of a request's head, its URL and headers: an ASGI middleware around whatever answers."""

from collections.abc import Awaitable
from itertools import chain

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from graphql_api.http import refuse
from graphql_api.limits import Limits
from graphql_api.refusals import BadRequest, HeadersTooLarge, UrlTooLong

# What stands in a header's line besides name and value: a colon, a space, the line's end.
_AROUND_HEADER = 4


class HeadLimits:
    """Refuses what is too large; what is too large to be read at all is the server's to cut off."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self.app = app
        self._limits = limits

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Pass a request on, or refuse it."""
        refusal = self._refusal(scope) if scope["type"] == "http" else None
        return _refused(refusal, scope, receive, send) if refusal else self.app(scope, receive, send)

    def _refusal(self, scope: Scope) -> BadRequest | None:
        limits = self._limits
        url = len(scope.get("raw_path") or scope["path"].encode()) + len(scope["query_string"])
        if url > limits.url_bytes:
            return UrlTooLong(f"The URL is too long: {url} bytes, at most {limits.url_bytes}.")
        headers = sum(map(len, chain.from_iterable(scope["headers"]))) + _AROUND_HEADER * len(scope["headers"])
        if headers > limits.header_bytes:
            return HeadersTooLarge(f"The headers are too large: {headers} bytes, at most {limits.header_bytes}.")
        return None


async def _refused(refusal: BadRequest, scope: Scope, receive: Receive, send: Send) -> None:
    answer = await refuse(Request(scope), refusal)
    await answer(scope, receive, send)
