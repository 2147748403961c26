"""What every resolver is given: who asks, when, and where the data is. Frozen, one for each request."""

from dataclasses import dataclass, field
from datetime import datetime

import strawberry

from auth.viewer import Viewer
from database.pool import Pools
from graphql_api.access_token.desk import TokenDesk
from graphql_api.audit_record import AuditRecord
from graphql_api.budget import NOTHING_SPENT, Spent
from models.own_rules import NO_OWN_RULES, OwnRules


@dataclass(frozen=True, slots=True)
class Context:
    """`now` is one instant for the whole request, so that its parts cannot disagree."""

    viewer: Viewer
    pools: Pools
    now: datetime
    request_id: str
    token_desk: TokenDesk
    own_rules: OwnRules = NO_OWN_RULES
    spent: Spent = NOTHING_SPENT
    # The one thing that resolvers change: they add to it what they read, issue and revoke.
    audit: AuditRecord = field(default_factory=AuditRecord)


Info = strawberry.Info[Context, None]
