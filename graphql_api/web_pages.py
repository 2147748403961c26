"""The two pages, as `make pages` built them, and the headers that keep them to themselves; no data here."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from pathlib import Path

from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from graphql_api.settings import Settings
from models.explanation import OF_STATUS, Language

BUILT = Path(__file__).parent.parent / "web" / "dist"

# The demo's tokens are for whoever sits at this machine, not for a page whose name was led here (DNS rebinding).
_THIS_MACHINE = frozenset({"127.0.0.1", "localhost"})

# A file's name has a hash of what is in it.
_FOR_EVER = "public, max-age=31536000, immutable"
# Monaco, GraphiQL's editor, writes its styles into the page, and GraphiQL's own style sheet has its fonts within.
_GRAPHIQL_EXCEPTIONS = {"style-src": "'self' 'unsafe-inline'", "font-src": "'self' data:"}
DemoTokens = Callable[[], Mapping[str, str]]
_NOT_BUILT = (
    "The pages are not built. In the checkout, `make pages` builds them; GraphQL is at /graphql all the same.\n"
)


class _Assets(StaticFiles):
    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers.update({"Cache-Control": _FOR_EVER, "X-Content-Type-Options": "nosniff"})
        return response


def no_demo_tokens() -> Mapping[str, str]:
    """A service that is no demo offers none."""
    return {}


def page_routes(
    settings: Settings, built: Path = BUILT, *, demo_tokens: DemoTokens = no_demo_tokens
) -> list[BaseRoute]:
    """The routes of the pages; one whose page is not built answers 503 and says what builds it.

    `demo_tokens`, by the callers' names, are asked for and offered whenever somebody at this machine looks.
    """
    headers = _page_headers(settings.embed_origins)

    async def activity_page(_request: Request) -> Response:
        return _page(built / "index.html", headers)

    async def graphiql_page(_request: Request) -> Response:
        return _page(built / "graphiql.html", _page_headers((), _GRAPHIQL_EXCEPTIONS))

    async def page_settings(request: Request) -> Response:
        offered = demo_tokens() if request.url.hostname in _THIS_MACHINE else {}
        told = {
            "embedOrigins": list(settings.embed_origins),
            "demoCallers": [{"name": name, "token": token} for name, token in offered.items()],
        }
        return JSONResponse(told, headers={"Cache-Control": "no-cache"})

    async def status_explanations(_request: Request) -> Response:
        # The legend's words, known before any row is: `statusExplanation` says the same of an activity.
        said = {
            status: {language: words.said_in(language) for language in Language} for status, words in OF_STATUS.items()
        }
        return JSONResponse(said, headers={"Cache-Control": "no-cache"})

    assets = _Assets(directory=built / "assets", check_dir=False)
    return [
        Route("/", activity_page),
        Route("/page-settings.json", page_settings),
        Route("/status-explanations.json", status_explanations),
        Mount("/assets", assets, middleware=[Middleware(GZipMiddleware)]),
        *([Route("/graphiql", graphiql_page)] if settings.graphiql else []),
    ]


def _page(file: Path, headers: Mapping[str, str]) -> Response:
    if not file.exists():
        return PlainTextResponse(_NOT_BUILT, HTTPStatus.SERVICE_UNAVAILABLE)
    return FileResponse(file, headers=headers)


def _page_headers(frame_ancestors: tuple[str, ...], exceptions: Mapping[str, str] | None = None) -> dict[str, str]:
    policy = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "connect-src": "'self'",
        "img-src": "'self' data:",
        "font-src": "'self'",
        "worker-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": " ".join(frame_ancestors) or "'none'",
        **(exceptions or {}),
    }
    return {
        "Cache-Control": "no-cache",
        "Content-Security-Policy": "; ".join(f"{directive} {sources}" for directive, sources in policy.items()),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
