"""The command `smtp-activity serve`: the GraphQL service, until it is told to stop."""

import asyncio
import gc
import os
import signal
import sys
from functools import partial
from typing import Annotated, Any

import structlog
import typer
import uvicorn
from starlette.applications import Starlette

from auth.errors import AuthError
from cli.audit_log import check_audit_log
from cli.database import database_url
from cli.documents import check_trusted
from cli.log import configure_log
from cli.own_rules import own_rules
from cli.protocol import BoundedProtocol
from cli.workers import CannotListen, run_workers
from database.pool import connect
from database.role_check import excess_of_role
from database.server_check import check_server
from graphql_api.app import create_app
from graphql_api.settings import Settings
from graphql_api.web_pages import DemoTokens, no_demo_tokens

# More than any statement may take: who is being answered when the service stops gets the answer.
_SECONDS_TO_FINISH = 30

# Python's own 700 are a few pages; these are some megabytes at most.
_OBJECTS_UNTIL_COLLECTION = 50_000

_log = structlog.get_logger()


def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="The port; 0 takes a free one.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, max=64, help="How many processes answer.")] = 1,
) -> None:
    """Serve GraphQL over HTTP at /graphql. SIGTERM stops it when the requests in flight are answered."""
    serve_with(Settings(), host=host, port=port, workers=workers)


def serve_with(
    settings: Settings, *, host: str, port: int, workers: int, demo_tokens: DemoTokens = no_demo_tokens
) -> None:
    """Serve with these settings; several workers read theirs from the environment, but for the database's URL."""
    if settings.metrics_ports and len(settings.metrics_ports) < workers:
        typer.echo(f"SMTP_ACTIVITY_METRICS_PORTS: name {workers} ports, one for each worker.", err=True)
        raise typer.Exit(1)
    with database_url(settings) as url:
        excess = _check(settings, url)
        configure_log()
        if excess:
            # No refusal: who starts small has one role, and a service that ran before an upgrade runs after it.
            _log.warning("the database role may more than it needs", may=excess, mend="docs/operating.md, Database")
        # uvicorn ends by the signal that stopped it; ended like this, the database's server is stopped as well.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit())
        options: dict[str, Any] = {
            "host": host,
            "port": port,
            "loop": "uvloop",
            "http": partial(BoundedProtocol, limits=settings.limits),
            "ws": "none",
            "lifespan": "on",
            "log_config": None,
            "access_log": False,
            "server_header": False,
            # The application trusts whom its settings name; uvicorn would trust whom its own environment names.
            "proxy_headers": False,
            "timeout_graceful_shutdown": _SECONDS_TO_FINISH,
        }
        if workers == 1:
            served = settings.model_copy(update={"database_url": url})
            uvicorn.run(create_app(served, demo_tokens=demo_tokens, started=_settle_memory), **options)
            return
        os.environ["DATABASE_URL"] = url
        try:
            run_workers(uvicorn.Config("cli.serve:worker", factory=True, workers=workers, **options))
        except CannotListen as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(1) from error


def worker() -> Starlette:
    """The application of one of several processes."""
    configure_log()
    return create_app(Settings(), started=_settle_memory)


def _settle_memory() -> None:
    """Python's search for cycles leaves out what was made for good, and does not begin at every page of rows.

    It would take a quarter of an answer's time otherwise; rows and their objects are in no cycle.
    """
    gc.freeze()
    gc.set_threshold(_OBJECTS_UNTIL_COLLECTION)


def _check(settings: Settings, url: str) -> tuple[str, ...]:
    """Say in one line what would keep the service from answering; else what its role may do beyond its needs."""
    own_rules(settings)
    check_trusted(settings)
    check_audit_log(settings)
    excess = asyncio.run(_check_database(url))
    try:
        settings.load_token_keys()
    except AuthError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    return excess


async def _check_database(url: str) -> tuple[str, ...]:
    connection = await connect(url)
    try:
        await check_server(connection)
        return await excess_of_role(connection)
    finally:
        await connection.close()
