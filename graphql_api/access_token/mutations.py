"""The mutations that issue and revoke access tokens; what a caller can correct is answered as user errors."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated

import strawberry
from strawberry import UNSET, argument

from auth.permissions import GRANTABLE
from auth.permissions import Permission as HeldPermission
from graphql_api.access_token.types import ACCESS_TOKEN, AccessToken, show_token
from graphql_api.context import Info
from graphql_api.given import given
from graphql_api.global_id import uuid_of
from graphql_api.permission import Permission, guarded_field
from graphql_api.user_error import UserError, UserErrorCode, user_error
from models.account_fields import plain_text

_MAX_NAME = 100
_MAX_DAYS = 366
_DEFAULT_DAYS = 90


@strawberry.input(description="What to issue.")
class AccessTokenIssueInput:
    """A name, what the holder may do, and for how long."""

    name: str = strawberry.field(description="What it is for, 1 to 100 characters.")
    permissions: list[Permission] = strawberry.field(
        description=(
            "What the holder may do: ACCESS_SMTP_ACTIVITIES, RECORD_SMTP_EVENTS or both; never MANAGE_ACCESS_TOKENS."
        )
    )
    lifetime_days: int | None = strawberry.field(default=UNSET, description="1 to 366; 90 when not given.")

    def granted(self) -> list[HeldPermission]:
        """Each permission once, in the order of the schema's enum."""
        return [permission for permission in HeldPermission if Permission(permission) in self.permissions]

    def days(self) -> int:
        """How long it is to hold."""
        days = given(self.lifetime_days)
        return _DEFAULT_DAYS if days is None else days


@strawberry.type(description="What was issued.")
class AccessTokenIssuePayload:
    """A token with its secret, or user errors."""

    access_token: AccessToken | None = strawberry.field(
        default=None, description="The token; null when there are user errors."
    )
    secret: str | None = strawberry.field(default=None, description="The bearer token itself, shown this once.")
    user_errors: list[UserError] = strawberry.field(description="What the caller can correct.")


@strawberry.input(description="What to revoke.")
class AccessTokenRevokeInput:
    """One token."""

    id: strawberry.ID = strawberry.field(description="The token's ID.")


@strawberry.type(description="What was revoked.")
class AccessTokenRevokePayload:
    """A token that holds no more, or user errors."""

    access_token: AccessToken | None = strawberry.field(
        default=None, description="The token; null when there are user errors."
    )
    user_errors: list[UserError] = strawberry.field(description="What the caller can correct.")


@guarded_field(
    HeldPermission.MANAGE_ACCESS_TOKENS,
    description="Issue a token for a partner or an integration. The secret is shown once. {requires}.",
)
async def access_token_issue(
    info: Info, input: Annotated[AccessTokenIssueInput, argument(description="What to issue.")]
) -> AccessTokenIssuePayload | None:
    """A caller who holds no permission to record may still issue a token that does."""
    wrong = list(_wrong(input))
    if wrong:
        return AccessTokenIssuePayload(user_errors=wrong)
    context = info.context
    issued = await context.token_desk.issue(
        context.viewer,
        name=input.name,
        permissions=input.granted(),
        lifetime=timedelta(days=input.days()),
        now=context.now,
    )
    context.audit.issued.append(issued.token.id)
    return AccessTokenIssuePayload(
        access_token=show_token(issued.token, context.viewer.account.time_zone), secret=issued.secret, user_errors=[]
    )


@guarded_field(HeldPermission.MANAGE_ACCESS_TOKENS, description="End a token at once. {requires}.")
async def access_token_revoke(
    info: Info, input: Annotated[AccessTokenRevokeInput, argument(description="What to revoke.")]
) -> AccessTokenRevokePayload | None:
    """Again is the same: a token that was revoked stays so since then."""
    context, token_id = info.context, uuid_of(ACCESS_TOKEN, input.id)
    token = token_id and await context.token_desk.revoke(context.viewer, token_id, context.now)
    if not token:
        return AccessTokenRevokePayload(
            user_errors=[user_error("id", UserErrorCode.NOT_FOUND, "The account has no access token of this ID.")]
        )
    context.audit.revoked.append(token.id)
    return AccessTokenRevokePayload(access_token=show_token(token, context.viewer.account.time_zone), user_errors=[])


def _wrong(asked: AccessTokenIssueInput) -> Iterator[UserError]:
    try:
        plain_text(asked.name, max_characters=_MAX_NAME)
    except ValueError as error:
        yield user_error("name", UserErrorCode.BAD_TEXT, f"The name {error}.")
    granted = asked.granted()
    if not granted:
        yield user_error("permissions", UserErrorCode.EMPTY, "A token needs at least one permission.")
    for permission in granted:
        if permission not in GRANTABLE.values():
            message = f"No access token can hold the permission “{permission.label}”."
            yield user_error("permissions", UserErrorCode.NOT_GRANTABLE, message)
    if not 1 <= asked.days() <= _MAX_DAYS:
        message = f"A token lives from 1 to {_MAX_DAYS} days, not {asked.days()}."
        yield user_error("lifetimeDays", UserErrorCode.OUT_OF_RANGE, message)
