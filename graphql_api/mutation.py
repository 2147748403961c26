"""The type Mutation: what can be changed."""

import strawberry

from graphql_api.access_token.mutations import access_token_issue, access_token_revoke


@strawberry.type(description="What can be changed.")
class Mutation:
    """The root of every mutation; its fields run one after the other."""

    access_token_issue = access_token_issue
    access_token_revoke = access_token_revoke
