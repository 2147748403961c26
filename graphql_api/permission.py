"""Permissions in the schema: one declaration on a field enforces, prints `@requiresPermission` and is described."""

from collections.abc import Awaitable, Callable
from enum import Enum
from typing import Any

import strawberry
from graphql import GraphQLField
from strawberry.extensions import FieldExtension
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.schema_directive import Location

from auth.permissions import Permission as HeldPermission
from auth.viewer import Viewer
from graphql_api.errors import MissingPermission


@strawberry.enum(description="What a caller may do.")
class Permission(Enum):
    """The permissions, each with what it means to people."""

    ACCESS_SMTP_ACTIVITIES = strawberry.enum_value(
        HeldPermission.ACCESS_SMTP_ACTIVITIES,
        description="Access SMTP activities: administrators, regular users, and custom users who were granted it.",
    )
    MANAGE_ACCESS_TOKENS = strawberry.enum_value(
        HeldPermission.MANAGE_ACCESS_TOKENS, description="Manage access tokens: administrators only."
    )
    RECORD_SMTP_EVENTS = strawberry.enum_value(
        HeldPermission.RECORD_SMTP_EVENTS, description="Record SMTP events: integrations that were granted it."
    )


@strawberry.schema_directive(
    name="requiresPermission",
    locations=[Location.FIELD_DEFINITION],
    description="The caller needs this permission; without it the field is null and an error says FORBIDDEN.",
)
class RequiresPermission:
    """The directive, as the SDL prints it."""

    permission: Permission


def require(permission: HeldPermission, viewer: Viewer) -> None:
    """Raises MissingPermission unless the caller holds the permission."""
    if permission not in viewer.permissions:
        raise MissingPermission(permission)


class _PermissionCheck(FieldExtension):
    def __init__(self, permission: HeldPermission) -> None:
        self.permission = permission

    async def resolve_async(
        self, next_: Callable[..., Awaitable[Any]], source: Any, info: strawberry.Info[Any, Any], **arguments: Any
    ) -> Any:
        require(self.permission, info.context.viewer)
        return await next_(source, info, **arguments)


def guarded_field(permission: HeldPermission, *, description: str) -> Any:
    """Decorates the resolver of a nullable field that needs a permission.

    `{requires}` in the description becomes "Requires permission: …": introspection shows no applied directives.
    """
    if "{requires}" not in description:
        raise ValueError("The description of a guarded field says {requires}.")
    return strawberry.field(
        description=description.replace("{requires}", f"Requires permission: {permission.label}"),
        directives=[RequiresPermission(permission=Permission(permission))],
        extensions=[_PermissionCheck(permission)],
    )


def required_permissions(field: GraphQLField) -> frozenset[HeldPermission]:
    """What a field of the built schema was declared to need; empty: it is open to every caller."""
    declared = field.extensions[GraphQLCoreConverter.DEFINITION_BACKREF]
    return frozenset(check.permission for check in declared.extensions if isinstance(check, _PermissionCheck))
