"""The type AccessToken and its connection: what is told of a token, in the account's time zone; never the token."""

from datetime import datetime
from zoneinfo import ZoneInfo

import strawberry

from database.access_tokens import IssuedToken, TokenPage
from database.cursor import TokenOrder, encode_cursor
from graphql_api.global_id import global_id
from graphql_api.node import Node
from graphql_api.pages import PageInfo
from graphql_api.permission import Permission

ACCESS_TOKEN = "AccessToken"  # noqa: S105 - the type's name, as ids carry it


@strawberry.type(description="A credential issued by an administrator to a partner or an integration.")
class AccessToken(Node):
    """By id and metadata."""

    id: strawberry.ID = strawberry.field(description="Opaque and stable.")
    name: str = strawberry.field(description="What it is for.")
    permissions: list[Permission] = strawberry.field(description="What its holder may do.")
    created_at: datetime = strawberry.field(description="When it was issued.")
    expires_at: datetime = strawberry.field(description="When it ends by itself.")
    last_used_at: datetime | None = strawberry.field(description="When it was last used, to the hour; null when never.")
    revoked_at: datetime | None = strawberry.field(description="When it was revoked; null while it holds.")


@strawberry.type(description="A token and its cursor.")
class AccessTokenEdge:
    """One place in the order."""

    cursor: str = strawberry.field(description="Opaque.")
    node: AccessToken = strawberry.field(description="The token.")


@strawberry.type(description="A page of access tokens.")
class AccessTokenConnection:
    """Newest first."""

    edges: list[AccessTokenEdge] = strawberry.field(description="The tokens with their cursors.")
    nodes: list[AccessToken] = strawberry.field(description="The edges' nodes.")
    page_info: PageInfo = strawberry.field(description="Where this page stands.")


def show_token(token: IssuedToken, time_zone: ZoneInfo) -> AccessToken:
    """A token as the API shows it."""

    def local(instant: datetime | None) -> datetime | None:
        return instant and instant.astimezone(time_zone)

    return AccessToken(
        id=global_id(ACCESS_TOKEN, str(token.id)),
        name=token.name,
        permissions=[Permission(permission) for permission in token.permissions],
        created_at=token.created_at.astimezone(time_zone),
        expires_at=token.expires_at.astimezone(time_zone),
        last_used_at=local(token.last_used_at),
        revoked_at=local(token.revoked_at),
    )


def show_page(page: TokenPage, time_zone: ZoneInfo) -> AccessTokenConnection:
    """A page as the API shows it."""
    edges = [
        AccessTokenEdge(cursor=encode_cursor(TokenOrder.NEWEST_FIRST, token.id), node=show_token(token, time_zone))
        for token in page.tokens
    ]
    return AccessTokenConnection(
        edges=edges,
        nodes=[edge.node for edge in edges],
        page_info=PageInfo(
            has_next_page=page.has_next,
            has_previous_page=page.has_previous,
            start_cursor=edges[0].cursor if edges else None,
            end_cursor=edges[-1].cursor if edges else None,
        ),
    )
