"""The interface of everything that has a global id."""

import strawberry


@strawberry.interface(description="An object with a globally unique, opaque ID.")
class Node:
    """What has an id; see graphql_api/global_id.py for how it is made."""

    id: strawberry.ID = strawberry.field(description="Opaque and stable: store it, compare it, never parse it.")
