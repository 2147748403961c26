"""What the application holds while it runs, and hands to each request."""

from dataclasses import dataclass

from database.pool import Pools
from graphql_api.access_token.desk import TokenDesk
from graphql_api.audit_log import AuditLog
from graphql_api.authentication import Authenticator
from graphql_api.budget import Budgets
from graphql_api.executor import Executor
from graphql_api.failed_authentications import FailedAuthentications
from graphql_api.limits import Limits
from graphql_api.metrics import Metrics
from graphql_api.recording import Recording
from models.clock import Clock
from models.own_rules import OwnRules


@dataclass(frozen=True, slots=True)
class Service:
    """Made when the application starts, gone when it stops."""

    pools: Pools
    authenticator: Authenticator
    executor: Executor
    token_desk: TokenDesk
    clock: Clock
    own_rules: OwnRules
    metrics: Metrics
    limits: Limits
    budgets: Budgets
    failed_authentications: FailedAuthentications
    audit_log: AuditLog | None
    recording: Recording | None
