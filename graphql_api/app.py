"""The ASGI application: its routes, what is around them, and what it opens when it starts."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Route

from auth.tokens import TokenVerifier
from database.accounts import Accounts
from database.pool import open_pools
from graphql_api.authentication import Authenticator
from graphql_api.executor import SchemaExecutor
from graphql_api.health import healthz, readyz
from graphql_api.http import graphql, refuse
from graphql_api.request_log import RequestLog
from graphql_api.schema import build_schema
from graphql_api.service import Service
from graphql_api.settings import Settings
from graphql_api.web_pages import NO_DEMO_TOKENS, page_routes
from models.clock import Clock, utc_now


def create_app(
    settings: Settings, *, clock: Clock = utc_now, demo_tokens: Mapping[str, str] = NO_DEMO_TOKENS
) -> Starlette:
    """The application; its database URL must be set, and the database is opened when it starts."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with _open(settings, clock) as service:
            app.state.service = service
            yield

    return Starlette(
        routes=[
            Route("/graphql", graphql, methods=["POST"]),
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            *page_routes(settings, demo_tokens=demo_tokens),
        ],
        middleware=[Middleware(RequestLog), *_cross_origin(settings)],
        exception_handlers={HTTPException: refuse},
        lifespan=lifespan,
    )


@asynccontextmanager
async def _open(settings: Settings, clock: Clock) -> AsyncIterator[Service]:
    if settings.database_url is None:
        raise ValueError("The application needs a database URL.")
    verifier = TokenVerifier(settings.load_token_keys(), settings.token_dialect, settings.token_leeway)
    executor = SchemaExecutor(build_schema())
    own_rules = settings.load_reason_rules()
    async with open_pools(
        settings.database_url,
        size=settings.pool_size,
        statement_timeout=settings.statement_timeout,
        count_timeout=settings.count_timeout,
    ) as pools:
        accounts = Accounts(pools.page, clock, settings.account_cache_ttl)
        yield Service(pools, Authenticator(verifier, accounts, clock), executor, clock, own_rules)


def _cross_origin(settings: Settings) -> Iterator[Middleware]:
    if settings.cors_origins:
        yield Middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["POST"],
            allow_headers=["Authorization", "Content-Type"],
            expose_headers=["x-request-id"],
        )
