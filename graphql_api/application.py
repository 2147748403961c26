"""Starlette's application with a way of its own for one endpoint: the one that is asked all the time."""

from collections.abc import Sequence
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send


class Application(Starlette):
    """Requests for the endpoint's path pass by the router, and by what makes answers of exceptions: it has its own.

    The middleware is around it, as around all routes; what is asked by other methods is the router's to refuse.
    """

    def __init__(
        self, path: str, methods: Sequence[str], endpoint: ASGIApp, *, middleware: Sequence[Middleware], **options: Any
    ) -> None:
        super().__init__(middleware=middleware, **options)
        self._path = path
        self._methods = frozenset(methods)
        self._endpoint = self._straight = endpoint
        for around, arguments, named in reversed(middleware):
            self._straight = around(self._straight, *arguments, **named)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or begin and end the service."""
        if scope["type"] == "http" and scope["path"] == self._path and scope["method"] in self._methods:
            scope["app"], scope["endpoint"] = self, self._endpoint
            await self._straight(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)
