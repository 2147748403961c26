"""What is counted for Prometheus, in a registry of each application's own. No label holds what a client has chosen."""

from collections.abc import Callable, Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from database.accounts import Lookups
from database.pool import KeepingPool, Pools

_NOTHING_EXECUTED = "none"


class Metrics:
    """Counts requests and statements as they come; pools and caches are asked when Prometheus asks."""

    def __init__(self, *, are_served: bool = True) -> None:
        self.registry = CollectorRegistry()
        # What would be told of each request is not counted where nobody can ask.
        self._are_served = are_served
        self._requests = Counter(
            "smtp_activity_requests",
            "GraphQL requests, by type of operation and outcome: ok, or the code of the first error.",
            ["operation", "outcome"],
            registry=self.registry,
        )
        self._request_seconds = Histogram(
            "smtp_activity_request_seconds",
            "From a request's head to its answer's end.",
            ["operation"],
            registry=self.registry,
        )
        # What labels are is looked up slowly.
        self._known: dict[tuple[str, str], tuple[Counter, Histogram]] = {}
        self._statement_seconds = Histogram(
            "smtp_activity_statement_seconds",
            "SQL statements of a pool, from sending to the last row, or to the error.",
            ["pool", "outcome"],
            registry=self.registry,
        )

        self._limits_refused = Counter(
            "smtp_activity_limits_refused",
            "Requests that exceeded a limit, by the limit's setting.",
            ["limit"],
            registry=self.registry,
        )

        self._events_posted = Counter(
            "smtp_activity_events_posted",
            "Lines of events that were posted, by outcome.",
            ["outcome"],
            registry=self.registry,
        )

        self._maintenance = Counter(
            "smtp_activity_maintenance_runs",
            "Nightly maintenance by this worker: ok, busy (another one did it), or failed.",
            ["outcome"],
            registry=self.registry,
        )

    def request(self, operation_type: str | None, codes: tuple[str, ...], seconds: float) -> None:
        """A GraphQL request was answered; without a type when nothing could be executed."""
        if not self._are_served:
            return
        operation, outcome = operation_type or _NOTHING_EXECUTED, codes[0] if codes else "ok"
        known = self._known.get((operation, outcome))
        if known is None:
            # Both are of a closed list.
            known = self._requests.labels(operation, outcome), self._request_seconds.labels(operation)
            self._known[operation, outcome] = known
        count, time = known
        count.inc()
        time.observe(seconds)

    def refused(self, limit: str) -> None:
        """A request exceeded a limit, which is called as its setting is."""
        self._limits_refused.labels(limit).inc()

    def posted(self, outcome: str, lines: int) -> None:
        """Lines of events were answered so."""
        self._events_posted.labels(outcome).inc(lines)

    def statement(self, pool: str, seconds: float, failed: bool) -> None:
        """A statement ended."""
        self._statement_seconds.labels(pool, "failed" if failed else "ok").observe(seconds)

    def maintenance(self, outcome: str) -> None:
        """A nightly maintenance ended: ok, busy or failed."""
        self._maintenance.labels(outcome).inc()

    def watch(self, pools: Pools, caches: Mapping[str, Callable[[], Lookups]]) -> None:
        """Tell of these, too."""
        self.registry.register(_Watched({"page": pools.page, "search": pools.search}, caches))


class _Watched(Collector):
    def __init__(self, pools: Mapping[str, KeepingPool], caches: Mapping[str, Callable[[], Lookups]]) -> None:
        self._pools = pools
        self._caches = caches

    def collect(self) -> Iterator[Metric]:
        connections = GaugeMetricFamily(
            "smtp_activity_pool_connections", "Connections of a pool.", labels=["pool", "state"]
        )
        waiting = GaugeMetricFamily("smtp_activity_pool_waiting", "Who waits for a connection.", labels=["pool"])
        for name, pool in self._pools.items():
            idle = pool.get_idle_size()
            connections.add_metric([name, "idle"], idle)
            connections.add_metric([name, "used"], pool.get_size() - idle)
            waiting.add_metric([name], pool.waiting)
        lookups = CounterMetricFamily("smtp_activity_cache_lookups", "Lookups in a cache.", labels=["cache", "outcome"])
        for name, count in self._caches.items():
            hits, misses = count()
            lookups.add_metric([name, "hit"], hits)
            lookups.add_metric([name, "miss"], misses)
        yield from (connections, waiting, lookups)
