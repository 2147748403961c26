"""What every resolver is given: who asks, when, and where the data is. Frozen, one for each request."""

from datetime import datetime

import msgspec
import strawberry
from graphql import get_named_type
from graphql.execution.collect_fields import FieldDetails, FragmentDetails

from auth.viewer import Viewer
from database.pool import Pools
from graphql_api.access_token.desk import TokenDesk
from graphql_api.audit_record import AuditRecord
from graphql_api.budget import NOTHING_SPENT, Spent
from graphql_api.selection import Collecting, Selection
from models.own_rules import NO_OWN_RULES, OwnRules


class Context(msgspec.Struct, frozen=True):
    """`now` is one instant for the whole request, so that its parts cannot disagree."""

    viewer: Viewer
    pools: Pools
    now: datetime
    request_id: str
    token_desk: TokenDesk
    own_rules: OwnRules = NO_OWN_RULES
    spent: Spent = NOTHING_SPENT
    # The one thing that resolvers change: they add to it what they read, issue and revoke.
    audit: AuditRecord = msgspec.field(default_factory=AuditRecord)


class Info(strawberry.Info[Context, None]):
    """What resolvers are handed."""

    def selection(self, type_name: str | None = None) -> Selection:
        """What is selected below the field; `type_name` says what to look at where it gives an interface."""
        raw = self._raw_info
        fragments = {name: FragmentDetails(definition) for name, definition in raw.fragments.items()}
        collecting = Collecting(raw.schema, fragments, raw.variable_values, raw.operation)
        type_ = raw.schema.type_map[type_name] if type_name else get_named_type(raw.return_type)
        return collecting.selection(type_, [FieldDetails(node, None) for node in raw.field_nodes])
