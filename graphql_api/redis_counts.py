"""Counts in Redis, for several workers or machines. Needs the extra `redis`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from graphql_api.counts import CountsUnavailable, Window

_TIMEOUT_SECONDS = 1
# A window's sums outlive it by as much as clocks may differ; then Redis forgets them.
_KEPT_SECONDS = 120


class RedisCounts:
    """The sums of all who name the same Redis."""

    def __init__(self, client: Redis) -> None:
        self._client = client

    async def add(self, key: str, window: Window, amount: int) -> int:
        """The sum so far, in one round trip."""
        name = f"smtp-activity:{window.number}:{key}"
        try:
            async with self._client.pipeline(transaction=True) as both:
                both.incrby(name, amount)
                both.expire(name, _KEPT_SECONDS)
                total, _ = await both.execute()
        except RedisError as error:
            raise CountsUnavailable from error
        return int(total)

    async def check(self) -> None:
        """Ask Redis for a sign of life."""
        try:
            await self._client.ping()
        except RedisError as error:
            raise CountsUnavailable from error


@asynccontextmanager
async def open_redis_counts(url: str) -> AsyncIterator[RedisCounts]:
    """The counts of the Redis at `redis://`, `rediss://` (TLS) or `unix://`."""
    # Its default would be an error for whoever finds all connections taken; here one waits for a moment.
    pool = BlockingConnectionPool.from_url(
        url,
        timeout=_TIMEOUT_SECONDS,
        socket_connect_timeout=_TIMEOUT_SECONDS,
        socket_timeout=_TIMEOUT_SECONDS,
        # Once: a connection that Redis has closed in the meantime is no failure.
        retry=Retry(NoBackoff(), 1),
    )
    async with Redis.from_pool(pool) as client:
        yield RedisCounts(client)
