"""Activities by their global ids, for the fields that take one or many: all in one statement, and one for events."""

from collections.abc import Iterable, Mapping
from typing import Annotated
from uuid import UUID

import strawberry

from auth.permissions import Permission
from database.lookup import read_activities
from graphql_api.activity.frame import Frame
from graphql_api.activity.history import read_histories
from graphql_api.activity.reference import ACTIVITY, activity_uuid
from graphql_api.activity.types import SmtpActivity
from graphql_api.context import Info
from graphql_api.permission import guarded_field, require


async def find_activities(info: Info, ids: Iterable[UUID]) -> Mapping[UUID, SmtpActivity]:
    """The caller's own among these; raises MissingPermission or PlanInactive, whether they exist or not."""
    require(Permission.ACCESS_SMTP_ACTIVITIES, info.context.viewer)
    context, selection = info.context, info.selection(ACTIVITY)
    account = context.viewer.readable_account(context.now)
    rows = await read_activities(context.pools, account, frozenset(ids), selection.columns)
    context.audit.rows += len(rows)
    histories = await read_histories(context, account, rows.values(), selection)
    frame = Frame(context.viewer.account.time_zone, context.own_rules, histories=histories)
    return {id_: SmtpActivity(row=row, frame=frame) for id_, row in rows.items()}


@guarded_field(
    Permission.ACCESS_SMTP_ACTIVITIES,
    description="One activity by its ID. Null when it does not exist or belongs to another account. {requires}.",
)
async def smtp_activity(
    info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The activity's ID.")]
) -> SmtpActivity | None:
    """The plan is looked at even when the id cannot be an activity's."""
    uuid = activity_uuid(id)
    found = await find_activities(info, [] if uuid is None else [uuid])
    return None if uuid is None else found.get(uuid)
