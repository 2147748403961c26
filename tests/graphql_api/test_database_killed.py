"""PostgreSQL dies under the running service: clean errors while it is away, and answers again when it is back."""

import asyncio
import os
import signal
import tempfile
from pathlib import Path

import httpx

from database.embedded import embedded_server
from database.migrate import migrate
from graphql_api.app import create_app
from graphql_api.settings import Settings
from models.clock import utc_now
from tests.database.test_embedded import postmaster, wait_until_reaped


async def test_the_service_is_not_ready_while_postgresql_is_dead_and_returns_by_itself() -> None:
    with (
        tempfile.TemporaryDirectory(prefix="smtp-activity-tests") as directory,
        embedded_server(Path(directory)) as server,
    ):
        await migrate(server.owner_url, now=utc_now(), service_role="smtp_activity_service")
        settings = Settings.model_validate({"DATABASE_URL": server.service_url, "data_directory": directory})
        app = create_app(settings)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://service") as client,
        ):
            assert (await client.get("/readyz")).status_code == 200
            killed = postmaster(Path(directory))
            os.kill(killed, signal.SIGKILL)
            await asyncio.to_thread(wait_until_reaped, killed)
            assert (await client.get("/readyz")).status_code == 503
            with embedded_server(Path(directory)):
                assert (await client.get("/readyz")).status_code == 200
