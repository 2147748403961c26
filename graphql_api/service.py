"""What the application holds while it runs, and hands to each request."""

from dataclasses import dataclass

from database.pool import Pools
from graphql_api.authentication import Authenticator
from graphql_api.executor import Executor
from graphql_api.limits import Limits
from models.clock import Clock


@dataclass(frozen=True, slots=True)
class Service:
    """Made when the application starts, gone when it stops."""

    pools: Pools
    authenticator: Authenticator
    executor: Executor
    clock: Clock
    limits: Limits
