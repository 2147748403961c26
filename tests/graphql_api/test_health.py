"""Alive and ready, without a token; nothing of the inside is told."""

import asyncpg
import httpx
from starlette.applications import Starlette
from structlog.testing import capture_logs


async def test_a_process_that_answers_is_alive(client: httpx.AsyncClient) -> None:
    response = await client.get("/healthz")
    assert (response.status_code, response.text) == (200, "alive\n")


async def test_a_migrated_database_is_ready(client: httpx.AsyncClient) -> None:
    response = await client.get("/readyz")
    assert (response.status_code, response.text) == (200, "ready\n")


async def test_a_database_of_another_release_is_not_ready(
    client: httpx.AsyncClient, connection: asyncpg.Connection
) -> None:
    revision = await connection.fetchval("select version_num from alembic_version")
    await connection.execute("update alembic_version set version_num = '0000'")
    try:
        with capture_logs() as logs:
            response = await client.get("/readyz")
    finally:
        await connection.execute("update alembic_version set version_num = $1", revision)
    assert (response.status_code, response.text) == (503, "not ready: the database\n")
    assert logs[0]["error"] == "DatabaseUnusable"


async def test_without_its_database_a_process_is_alive_and_not_ready(client: httpx.AsyncClient, app: Starlette) -> None:
    await app.state.service.pools.page.close()
    assert (await client.get("/healthz")).status_code == 200
    assert (await client.get("/readyz")).status_code == 503
