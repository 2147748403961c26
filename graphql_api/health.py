"""Whether the process is alive, and whether it can answer; for orchestrators, without a token and without internals."""

from asyncio import timeout
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from http import HTTPStatus

import structlog
from starlette.requests import Request
from starlette.responses import PlainTextResponse

from database.server_check import check_server
from graphql_api.service import Service

_TIMEOUT_SECONDS = 3

_log = structlog.get_logger()


async def healthz(_request: Request) -> PlainTextResponse:
    """200 as long as the process answers."""
    return PlainTextResponse("alive\n")


async def readyz(request: Request) -> PlainTextResponse:
    """200 when the database can be reached and is migrated, and the rate limit's Redis can be reached, else 503."""
    service: Service = request.app.state.service
    checks: Mapping[str, Callable[[], Awaitable[None]]] = {
        "the database": partial(_check_database, service),
        "Redis": service.budgets.check,
    }
    for name, check in checks.items():
        try:
            async with timeout(_TIMEOUT_SECONDS):
                await check()
        except Exception as error:
            # Whatever it is, the answer is the same; what it says is for the operator alone.
            _log.warning("not ready", error=type(error).__name__)
            return PlainTextResponse(f"not ready: {name}\n", HTTPStatus.SERVICE_UNAVAILABLE)
    return PlainTextResponse("ready\n")


async def _check_database(service: Service) -> None:
    async with service.pools.page.acquire() as connection:
        await check_server(connection)
