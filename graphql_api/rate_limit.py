"""The type RateLimit and `extensions.cost`: the caller's budget, in the answer to what it was spent on."""

from datetime import datetime
from typing import Any

import strawberry

from graphql_api.budget import Spent
from graphql_api.context import Info


@strawberry.type(description="The caller's budget.")
class RateLimit:
    """What this request took, and what it left."""

    limit: int = strawberry.field(description="Points a minute.")
    cost: int = strawberry.field(description="What this request costs.")
    remaining: int = strawberry.field(description="Points left in this window.")
    reset_at: datetime = strawberry.field(description="When the window starts anew.")


@strawberry.field(description="What this request costs and what is left of the caller's budget.")
def rate_limit(info: Info) -> RateLimit:
    """Open to every valid token."""
    return RateLimit(**info.context.spent._asdict())


def cost_extension(spent: Spent) -> dict[str, Any]:
    """The same for `extensions` of every answer that was executed."""
    return {
        "requested": spent.cost,
        "limit": spent.limit,
        "remaining": spent.remaining,
        "resetAt": spent.reset_at,
    }
