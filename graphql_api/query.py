"""The type Query: what can be asked."""

import strawberry

from graphql_api.access_token.lookup import access_tokens
from graphql_api.activity.lookup import smtp_activity
from graphql_api.activity.resolvers import smtp_activities
from graphql_api.context import Info
from graphql_api.lookup import node, nodes
from graphql_api.rate_limit import rate_limit
from graphql_api.viewer import Viewer, show_viewer


@strawberry.type(description="What can be asked.")
class Query:
    """The root of every operation so far."""

    @strawberry.field(description="The caller. Never null: a request without a valid token is answered 401.")
    def viewer(self, info: Info) -> Viewer:
        """Open to every valid token."""
        return show_viewer(info.context.viewer, info.context.now)

    smtp_activities = smtp_activities
    smtp_activity = smtp_activity
    node = node
    nodes = nodes
    access_tokens = access_tokens
    rate_limit = rate_limit
