"""The fields of Query about activities: translate, call the database room, shape."""

from typing import Annotated

from strawberry import UNSET, argument

from auth.permissions import Permission
from database.cursor import Direction
from database.filters import ActivityFilter
from database.page import PageRequest, read_page
from graphql_api.activity.columns import columns_of, selected_fields
from graphql_api.activity.connection import SmtpActivityConnection
from graphql_api.activity.history import read_histories
from graphql_api.activity.inputs import NEWEST_FIRST, SmtpActivityFilter, SmtpActivityOrder, given, in_filter
from graphql_api.context import Info
from graphql_api.pages import DEFAULT_PAGE, PageInfo
from graphql_api.permission import guarded_field


def _page_request(info: Info, first: int | None, after: str | None, order: SmtpActivityOrder) -> PageRequest:
    fields = list(selected_fields(info))
    ends = {field.python_name for field in fields if field.origin is PageInfo}
    return PageRequest(
        columns=columns_of(fields),
        direction=Direction[order.direction.name],
        first=DEFAULT_PAGE if first is None else first,
        after=after,
        wants_next="has_next_page" in ends,
        wants_previous="has_previous_page" in ends,
    )


@guarded_field(
    Permission.ACCESS_SMTP_ACTIVITIES,
    description=(
        "The account's SMTP activities, newest first by default; the last 30 days unless `filter.period` says"
        " otherwise.\n{requires} (administrators and regular users hold it). Null when the caller lacks it;\n"
        'an empty connection means "allowed, and nothing matched".'
    ),
)
async def smtp_activities(
    info: Info,
    first: Annotated[
        int | None,
        argument(
            description="At most this many from the start: 0 to 100. 50 when neither `first` nor `last` is given."
        ),
    ] = UNSET,
    after: Annotated[str | None, argument(description="Only those after this cursor.")] = UNSET,
    filter: Annotated[SmtpActivityFilter | None, argument(description="All given conditions must hold.")] = UNSET,
    order_by: Annotated[
        SmtpActivityOrder | None, argument(description="By time sent, newest first unless asked otherwise.")
    ] = NEWEST_FIRST,
) -> SmtpActivityConnection | None:
    """One page, in one statement."""
    caller, now, time_zone = info.context.viewer, info.context.now, info.context.viewer.account.time_zone
    conditions = filter.meaning() if filter else ActivityFilter()
    request = _page_request(info, given(first), given(after), order_by or NEWEST_FIRST)
    account = caller.readable_account(now)
    with in_filter():
        page = await read_page(info.context.pools, account, conditions, request, now=now, time_zone=time_zone)
    histories = await read_histories(info, account, [row["id"] for row in page.rows])
    return SmtpActivityConnection(page=page, direction=request.direction, time_zone=time_zone, histories=histories)
