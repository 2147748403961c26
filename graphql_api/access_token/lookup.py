"""Access tokens as `Query` gives them: a page of the account's, or by their global ids."""

from collections.abc import Iterable
from typing import Annotated
from uuid import UUID

from strawberry import UNSET, argument

from auth.permissions import Permission
from database.access_tokens import find_tokens, read_tokens
from graphql_api.access_token.types import AccessToken, AccessTokenConnection, show_page, show_token
from graphql_api.context import Info
from graphql_api.given import given
from graphql_api.pages import DEFAULT_PAGE
from graphql_api.permission import guarded_field, require


@guarded_field(Permission.MANAGE_ACCESS_TOKENS, description="The account's access tokens, newest first. {requires}.")
async def access_tokens(
    info: Info,
    first: Annotated[int | None, argument(description="At most this many: 0 to 100, 50 when not given.")] = UNSET,
    after: Annotated[str | None, argument(description="Only those after this cursor.")] = UNSET,
) -> AccessTokenConnection | None:
    """One page."""
    viewer, size = info.context.viewer, given(first)
    page = await read_tokens(
        info.context.pools.page,
        viewer.managed_account(),
        first=DEFAULT_PAGE if size is None else size,
        after=given(after),
    )
    return show_page(page, viewer.account.time_zone)


async def find_access_tokens(info: Info, ids: Iterable[UUID]) -> dict[UUID, AccessToken]:
    """The account's own among these; raises MissingPermission, whether they exist or not."""
    require(Permission.MANAGE_ACCESS_TOKENS, info.context.viewer)
    viewer = info.context.viewer
    found = await find_tokens(info.context.pools.page, viewer.managed_account(), frozenset(ids))
    return {id_: show_token(token, viewer.account.time_zone) for id_, token in found.items()}
