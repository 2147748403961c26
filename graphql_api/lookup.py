"""The fields `node` and `nodes`: any object by its global id, as far as the caller may see it."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Annotated
from uuid import UUID

import strawberry

from auth.errors import AuthError
from database.errors import InvalidInput
from graphql_api.access_token.lookup import find_access_tokens
from graphql_api.access_token.types import ACCESS_TOKEN
from graphql_api.activity.lookup import find_activities
from graphql_api.activity.reference import ACTIVITY
from graphql_api.context import Info
from graphql_api.errors import ApiError
from graphql_api.global_id import uuid_of
from graphql_api.limits import MAX_NODES
from graphql_api.node import Node
from graphql_api.viewer import show_viewer

_Found = Node | AuthError | ApiError | None
"""An object, nothing, or why it is refused: graphql-core raises an error that it is given as a value, at its place."""

# What is looked up in the database, by type: each finds the caller's own objects, or refuses to look.
_FINDERS: Mapping[str, Callable[[Info, Iterable[UUID]], Awaitable[Mapping[UUID, Node]]]] = {
    ACTIVITY: find_activities,
    ACCESS_TOKEN: find_access_tokens,
}


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
    for type_name in _FINDERS:
        found |= await _find_rows(info, type_name, ids)
    return [found.get(id_) for id_ in ids]


async def _find_rows(info: Info, type_name: str, ids: Sequence[str]) -> dict[str, _Found]:
    uuids = {id_: uuid for id_ in ids if (uuid := uuid_of(type_name, id_)) is not None}
    if not uuids:
        return {}
    try:
        rows = await _FINDERS[type_name](info, uuids.values())
    except (AuthError, ApiError) as refusal:
        return dict.fromkeys(uuids, refusal)
    return {id_: rows.get(uuid) for id_, uuid in uuids.items()}
