"""The ASGI application: its routes, what is around them, and what it opens when it starts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Route

from auth.remote_keys import open_remote_keys
from auth.token_reader import TokenReader
from auth.tokens import TokenVerifier
from database.accounts import Accounts
from database.pool import open_pools
from database.revocations import open_revocations
from database.token_use import TokenUse
from graphql_api.access_token.desk import TokenDesk
from graphql_api.application import Application
from graphql_api.audit_log import open_audit_log
from graphql_api.authentication import Authenticator
from graphql_api.budget import Budgets
from graphql_api.client_address import trusting
from graphql_api.counts import open_counts
from graphql_api.executor import SchemaExecutor
from graphql_api.failed_authentications import FailedAuthentications
from graphql_api.head import HeadLimits
from graphql_api.health import healthz, readyz
from graphql_api.http import GraphQL, refuse
from graphql_api.ingest_events import ingest_events
from graphql_api.metrics import Metrics
from graphql_api.metrics_server import metrics_server
from graphql_api.quiet_time import QuietTime
from graphql_api.recording import open_recording
from graphql_api.request_log import RequestLog
from graphql_api.schema import build_schema
from graphql_api.service import Service
from graphql_api.settings import Settings
from graphql_api.web_pages import DemoTokens, no_demo_tokens, page_routes
from models.clock import Clock, utc_now

if TYPE_CHECKING:
    from graphql_api.spans import Spans


_PATH = "/graphql"


def create_app(
    settings: Settings,
    *,
    clock: Clock = utc_now,
    demo_tokens: DemoTokens = no_demo_tokens,
    started: Callable[[], None] = lambda: None,
) -> Starlette:
    """The application; its database URL must be set, and the database is opened when it starts.

    `started` is called once it is ready to answer.
    """

    spans = _spans(settings)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        try:
            async with _open(settings, clock, spans) as service:
                app.state.service = service
                started()
                yield
        finally:
            if spans is not None:
                await spans.close()

    methods, endpoint = ["GET", "POST"] if settings.allow_get else ["POST"], GraphQL()
    app = Application(
        _PATH,
        methods,
        endpoint,
        routes=[
            Route(_PATH, endpoint, methods=methods),
            *([Route("/ingest/events", ingest_events, methods=["POST"])] if settings.post_events else []),
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            *page_routes(settings, demo_tokens=demo_tokens),
        ],
        middleware=[
            *([spans.middleware] if spans is not None else []),
            *([trusting(settings.trusted_proxies)] if settings.trusted_proxies else []),
            Middleware(RequestLog),
            Middleware(HeadLimits, limits=settings.limits),
            *_cross_origin(settings, methods),
        ],
        exception_handlers={HTTPException: refuse},
        lifespan=lifespan,
    )
    # A redirect would name a place by the request's Host, and without the prefix that a proxy took off.
    app.router.redirect_slashes = False
    return app


def _spans(settings: Settings) -> Spans | None:
    if not settings.telemetry:
        return None
    # Its packages are an extra.
    from graphql_api.spans import Spans

    return Spans(settings.trusted_proxies)


@asynccontextmanager
async def _open(settings: Settings, clock: Clock, spans: Spans | None) -> AsyncIterator[Service]:
    if settings.database_url is None:
        raise ValueError("The application needs a database URL.")
    keys, dialect = settings.load_token_keys(), settings.token_dialect
    metrics = Metrics(are_served=bool(settings.metrics_ports))
    own_rules, rate_limit = settings.load_reason_rules(), settings.rate_limit
    async with (
        open_pools(
            settings.database_url,
            size=settings.pool_size,
            statement_timeout=settings.statement_timeout,
            count_timeout=settings.count_timeout,
            # Nobody is told of statements where nobody asks: it takes the driver as long as a short one of them.
            observers=[
                *([metrics.statement] if settings.metrics_ports else []),
                *([spans.statement] if spans is not None else []),
            ],
        ) as pools,
        open_revocations(
            settings.database_url,
            pools.page,
            issuer=dialect.issuer,
            expired=lambda: clock() - settings.token_leeway,
        ) as revocations,
        open_remote_keys(settings.key_location, clock) as remote_keys,
        open_counts(rate_limit.storage.get_secret_value()) as counts,
        open_audit_log(settings.audit_log, pools) as audit_log,
        open_recording(settings, own_rules, clock) as recording,
        QuietTime(settings.database_url, settings.maintenance, clock, metrics).maintained_at(settings.maintain_at),
    ):
        budgets = Budgets(counts, rate_limit.points)
        executor = SchemaExecutor(
            build_schema(), settings.limits, budgets, settings.load_trust(), fast_path=settings.fast_path
        )
        accounts = Accounts(pools.page, clock, settings.account_cache_ttl)
        metrics.watch(pools, {"accounts": lambda: accounts.lookups, "documents": executor.document_lookups})
        authenticator = Authenticator(
            reader=TokenReader(TokenVerifier(keys, dialect, settings.token_leeway), remote_keys, clock),
            revocations=revocations,
            accounts=accounts,
            token_use=TokenUse(pools.page),
            clock=clock,
        )
        token_desk = TokenDesk(keys, dialect, revocations, pools)
        # The last to start: whoever asks it is told of everything.
        async with metrics_server(metrics.registry, settings.metrics_host, settings.metrics_ports):
            yield Service(
                pools=pools,
                authenticator=authenticator,
                executor=executor,
                token_desk=token_desk,
                clock=clock,
                own_rules=own_rules,
                metrics=metrics,
                limits=settings.limits,
                budgets=budgets,
                failed_authentications=FailedAuthentications(rate_limit.failed_authentications, clock),
                audit_log=audit_log,
                recording=recording,
            )


def _cross_origin(settings: Settings, methods: list[str]) -> Iterator[Middleware]:
    if settings.cors_origins:
        yield Middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=methods,
            allow_headers=["Authorization", "Content-Type"],
            expose_headers=["x-request-id", "Retry-After"],
        )
