"""What Prometheus is told: how much, how long, how it ended; and nothing that a client chose."""

import asyncio
import socket

import httpx
import pytest
from prometheus_client import CollectorRegistry, generate_latest
from starlette.applications import Starlette

from graphql_api.metrics import Metrics
from graphql_api.metrics_server import metrics_server
from graphql_api.settings import Settings
from tests.cli.test_serve import free_port
from tests.graphql_api.conftest import Asker


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Statements are counted where somebody may ask."""
    return settings.model_copy(update={"metrics_ports": (free_port(),)})


@pytest.fixture
def metrics(app: Starlette) -> Metrics:
    """The application's."""
    metrics: Metrics = app.state.service.metrics
    return metrics


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(f"smtp_activity_{name}", labels)


async def test_requests_are_counted_by_operation_and_outcome(metrics: Metrics, regular: Asker) -> None:
    for _ in range(2):
        await regular.response("query SomeName { viewer { id } }")
    await regular.response("{ nothing }")
    await regular.response("{ smtpActivities(first: 101) { nodes { id } } }")
    await Asker(regular.client, None).response("{ viewer { id } }")
    await regular.client.get("/healthz")
    requests = {
        (sample.labels["operation"], sample.labels["outcome"]): sample.value
        for metric in metrics.registry.collect()
        for sample in metric.samples
        if sample.name == "smtp_activity_requests_total"
    }
    assert requests == {
        ("query", "ok"): 2,
        ("query", "BAD_USER_INPUT"): 1,
        ("none", "GRAPHQL_VALIDATION_FAILED"): 1,
        ("none", "UNAUTHENTICATED"): 1,
    }
    assert value(metrics, "request_seconds_count", operation="query") == 3
    assert b"SomeName" not in generate_latest(metrics.registry)


async def test_statements_and_lookups_are_counted(metrics: Metrics, regular: Asker) -> None:
    before = value(metrics, "statement_seconds_count", pool="page", outcome="ok") or 0
    for _ in range(3):
        await regular.data("{ smtpActivities { nodes { id } } }")
    # The account once, the page three times.
    assert value(metrics, "statement_seconds_count", pool="page", outcome="ok") == before + 4
    for cache in ("accounts", "documents"):
        assert value(metrics, "cache_lookups_total", cache=cache, outcome="miss") == 1
        assert value(metrics, "cache_lookups_total", cache=cache, outcome="hit") == 2


async def test_a_statement_that_fails_is_counted_as_such(app: Starlette, metrics: Metrics) -> None:
    with pytest.raises(Exception, match="division by zero"):
        await app.state.service.pools.search.fetchval("select 1 / 0")
    # asyncpg tells of it at the next turn of the loop.
    await asyncio.sleep(0)
    assert value(metrics, "statement_seconds_count", pool="search", outcome="failed") == 1


async def test_pools_say_who_works_and_who_waits(app: Starlette, metrics: Metrics) -> None:
    page = app.state.service.pools.page
    async with page.acquire(), page.acquire():
        waiting = asyncio.create_task(page.fetchval("select 1"))
        await asyncio.sleep(0)
        assert value(metrics, "pool_connections", pool="page", state="used") == 2
        assert value(metrics, "pool_connections", pool="page", state="idle") == 0
        assert value(metrics, "pool_waiting", pool="page") == 1
    assert await waiting == 1
    assert value(metrics, "pool_connections", pool="page", state="used") == 0
    assert value(metrics, "pool_connections", pool="page", state="idle") == 2
    assert value(metrics, "pool_waiting", pool="page") == 0


def test_each_application_counts_for_itself() -> None:
    one, other = Metrics(), Metrics()
    one.request("query", (), 0.1)
    assert value(one, "requests_total", operation="query", outcome="ok") == 1
    assert value(other, "requests_total", operation="query", outcome="ok") is None


async def test_the_service_itself_tells_nobody(regular: Asker) -> None:
    assert (await regular.client.get("/metrics")).status_code == 404


async def test_each_worker_takes_the_first_port_that_is_free() -> None:
    ports = [free_port(), free_port()]
    one, other = Metrics(), Metrics()
    one.request("query", (), 0.1)
    other.request("mutation", (), 0.1)
    async with (
        metrics_server(one.registry, "127.0.0.1", ports),
        metrics_server(other.registry, "127.0.0.1", ports),
        httpx.AsyncClient() as client,
    ):
        texts = [(await client.get(f"http://127.0.0.1:{port}/metrics")).text for port in ports]
        with pytest.raises(OSError, match="no metrics port is free"):
            async with metrics_server(CollectorRegistry(), "127.0.0.1", ports):
                pass
    assert 'requests_total{operation="query",outcome="ok"} 1.0' in texts[0]
    assert 'requests_total{operation="mutation",outcome="ok"} 1.0' in texts[1]
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", ports[0])) != 0


async def test_without_ports_nobody_is_told() -> None:
    async with metrics_server(CollectorRegistry(), "127.0.0.1", ()):
        pass


async def test_an_address_that_is_not_this_machines_is_no_free_port() -> None:
    with pytest.raises(OSError, match="assign"):
        async with metrics_server(CollectorRegistry(), "203.0.113.9", [free_port()]):
            pass
