"""The types Viewer and Account: who asks, as the token and the database tell. Open to every valid token."""

from datetime import datetime
from enum import Enum

import strawberry

from auth.permissions import Permission as HeldPermission
from auth.permissions import Role as HeldRole
from auth.viewer import Viewer as Caller
from auth.viewer import ViewerAccount
from database.source_progress import recorded_up_to
from graphql_api.context import Info
from graphql_api.global_id import global_id
from graphql_api.node import Node
from graphql_api.permission import Permission


@strawberry.enum(description="What kind of user the caller is.")
class Role(Enum):
    """The roles, each with what it means to people."""

    ADMINISTRATOR = strawberry.enum_value(HeldRole.ADMINISTRATOR, description="Everything.")
    REGULAR = strawberry.enum_value(HeldRole.REGULAR, description="Sees SMTP activities.")
    CUSTOM = strawberry.enum_value(HeldRole.CUSTOM, description="Only what was granted.")


@strawberry.type(description="A customer of the relay.")
class Account(Node):
    """The account that the token is bound to."""

    id: strawberry.ID = strawberry.field(description="Opaque and stable.")
    name: str = strawberry.field(description="What people call it.")
    time_zone: str = strawberry.field(
        description="IANA name, e.g. America/Toronto. Offsets in DateTime and day boundaries of Date follow it."
    )
    has_active_smtp_plan: bool = strawberry.field(
        description="Without an active SMTP plan, delivery history is refused with SMTP_PLAN_REQUIRED."
    )

    @strawberry.field(
        description=(
            "What happened up to this instant is recorded; later events may still be on their way."
            " Null before the first."
        )
    )
    async def recorded_up_to(self, info: Info) -> datetime | None:
        """In the account's time zone."""
        instant = await recorded_up_to(info.context.pools)
        return instant and instant.astimezone(info.context.viewer.account.time_zone)


@strawberry.type(description="The person or integration behind the token.")
class Viewer(Node):
    """The caller."""

    id: strawberry.ID = strawberry.field(description="Opaque and stable.")
    role: Role = strawberry.field(description="The role that the token carries.")
    permissions: list[Permission] = strawberry.field(
        description="What the caller may do, so that a client can hide what would be refused."
    )
    account: Account = strawberry.field(description="The account that the token is bound to.")
    actor: str | None = strawberry.field(
        description=(
            "The relay's staff member who acts for the account (the token's `act` claim, RFC 8693);"
            " null for the account's own callers."
        )
    )


def show_viewer(caller: Caller, now: datetime) -> Viewer:
    """The caller as the API shows it; permissions in the order of the schema's enum."""
    return Viewer(
        id=global_id("Viewer", caller.account.external_id, caller.subject),
        role=Role(caller.role),
        permissions=[Permission(held) for held in HeldPermission if held in caller.permissions],
        account=show_account(caller.account, now),
        actor=caller.actor,
    )


def show_account(account: ViewerAccount, now: datetime) -> Account:
    """The account as the API shows it."""
    return Account(
        id=global_id("Account", account.external_id),
        name=account.name,
        time_zone=account.time_zone.key,
        has_active_smtp_plan=account.has_active_smtp_plan(now),
    )
