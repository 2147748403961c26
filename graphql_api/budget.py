"""What a caller may spend in a minute, and what a request took of it."""

from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from auth.viewer import ViewerAccount
from graphql_api.counts import Counts, Window, window_at
from graphql_api.errors import ApiError, ErrorCode
from graphql_api.scalars import serialize_instant

# Most requests are of this minute and of a few time zones.
_KEPT = 500


class RateLimited(ApiError):
    """The caller asked for too much in a short time."""

    code = ErrorCode.RATE_LIMITED

    def __init__(self, message: str, limit: str, retry_after_seconds: int) -> None:
        super().__init__(f"{message} Ask again in {retry_after_seconds} s.")
        self.limit = limit
        self.retry_after_seconds = retry_after_seconds

    @property
    def details(self) -> dict[str, Any]:
        """When asking again may succeed."""
        return {"retryAfterSeconds": self.retry_after_seconds}


class Spent(NamedTuple):
    """What a request took, in points, and what it left to the caller until `reset_at`, as the API writes instants."""

    limit: int
    cost: int
    remaining: int
    reset_at: str


NOTHING_SPENT = Spent(0, 0, 0, "")


class Budgets:
    """Points a minute, for each subject of each account; a request that does not fit takes none."""

    def __init__(self, counts: Counts, points: int) -> None:
        self._counts = counts
        self._points = points

    async def spend(self, account: ViewerAccount, subject: str, cost: int, now: datetime) -> Spent:
        """Take the cost; raises RateLimited when too little is left, and CountsUnavailable."""
        # The account's id is a number: no subject can be read as another account's.
        window, key = window_at(now), f"{account.id}:{subject}"
        spent = await self._counts.add(key, window, cost)
        if spent > self._points:
            await self._counts.add(key, window, -cost)
            left = max(0, self._points - (spent - cost))
            raise RateLimited(
                f"This costs {cost} points, and {left} of {self._points} a minute are left.",
                "points",
                window.seconds_left(now),
            )
        return Spent(self._points, cost, self._points - spent, _end_in(account.time_zone, window))

    async def check(self) -> None:
        """Raises CountsUnavailable when nothing could be spent now."""
        await self._counts.check()


@lru_cache(_KEPT)
def _end_in(time_zone: ZoneInfo, window: Window) -> str:
    return serialize_instant(window.ends_at.astimezone(time_zone))
