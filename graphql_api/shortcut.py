"""GraphQL requests pass the router by: an ASGI middleware, the last before it."""

from starlette.types import ASGIApp, Receive, Scope, Send


class Shortcut:
    """Hands requests for one path to its endpoint, as the router would do after some more work."""

    def __init__(self, app: ASGIApp, path: str, methods: list[str], endpoint: ASGIApp) -> None:
        self.app = app
        self._path = path
        self._methods = frozenset(methods)
        self._endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let the router see to it."""
        if scope["type"] == "http" and scope["path"] == self._path and scope["method"] in self._methods:
            scope["endpoint"] = self._endpoint
            await self._endpoint(scope, receive, send)
        else:
            await self.app(scope, receive, send)
