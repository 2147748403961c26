"""The fields `node` and `nodes`: any object by its global id, as far as the caller may see it."""

from collections.abc import Sequence
from typing import Annotated

import strawberry

from auth.errors import AuthError
from database.errors import InvalidInput
from graphql_api.activity.lookup import find_activities
from graphql_api.activity.reference import activity_uuid
from graphql_api.context import Info
from graphql_api.errors import ApiError
from graphql_api.limits import MAX_NODES
from graphql_api.node import Node
from graphql_api.viewer import show_viewer

_Found = Node | AuthError | ApiError | None
"""An object, nothing, or why it is refused: graphql-core raises an error that it is given as a value, at its place."""


@strawberry.field(
    description="Any object by its ID. Null when it does not exist or the caller may not see it.",
    graphql_type=Node | None,
)
async def node(info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The object's ID.")]) -> _Found:
    """One."""
    (found,) = await _find(info, [id])
    return found


@strawberry.field(
    description="Objects by their IDs (at most 100), in the order asked, null where not found.",
    graphql_type=list[Node | None] | None,
)
async def nodes(
    info: Info, ids: Annotated[list[strawberry.ID], strawberry.argument(description="The objects' IDs.")]
) -> list[_Found]:
    """Many; those that are refused leave the others alone."""
    if len(ids) > MAX_NODES:
        raise InvalidInput(f"ids must be at most {MAX_NODES}, not {len(ids)}.", ("ids",))
    return await _find(info, ids)


async def _find(info: Info, ids: Sequence[str]) -> list[_Found]:
    viewer = show_viewer(info.context.viewer, info.context.now)
    found: dict[str, _Found] = {viewer.id: viewer, viewer.account.id: viewer.account}
    found |= await _find_activities(info, ids)
    return [found.get(id_) for id_ in ids]


async def _find_activities(info: Info, ids: Sequence[str]) -> dict[str, _Found]:
    uuids = {id_: uuid for id_ in ids if (uuid := activity_uuid(id_)) is not None}
    if not uuids:
        return {}
    try:
        activities = await find_activities(info, uuids.values())
    except (AuthError, ApiError) as refusal:
        return dict.fromkeys(uuids, refusal)
    return {id_: activities.get(uuid) for id_, uuid in uuids.items()}
