"""The fields of Query about activities: translate, call the database room, shape."""

from typing import Annotated

from strawberry import UNSET, argument

from auth.permissions import Permission
from auth.viewer import ReadableAccount
from database.counts import Counts, read_counts
from database.cursor import Direction
from database.errors import CountTookTooLong
from database.filters import EVERYTHING, ActivityFilter
from database.page import PageRequest, read_page
from graphql_api.activity.connection import SmtpActivityConnection
from graphql_api.activity.frame import Frame
from graphql_api.activity.history import read_histories
from graphql_api.activity.inputs import IN_FILTER, NEWEST_FIRST, OrderDirection, SmtpActivityFilter, SmtpActivityOrder
from graphql_api.context import Context, Info
from graphql_api.given import given
from graphql_api.pages import DEFAULT_PAGE, PageInfo
from graphql_api.permission import guarded_field

_COUNTS = frozenset({"total_count", "status_counts"})


async def _counts(
    context: Context, account: ReadableAccount, asked: ActivityFilter, wanted: frozenset[str]
) -> Counts | None:
    try:
        return await read_counts(
            context.pools,
            account,
            asked,
            wants_statuses="status_counts" in wanted,
            now=context.now,
            time_zone=context.viewer.account.time_zone,
        )
    except CountTookTooLong:
        # The fields say so, each at its place, and the page still answers.
        return None


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
    last: Annotated[
        int | None, argument(description="At most this many from the end: 0 to 100. The order does not change.")
    ] = UNSET,
    before: Annotated[str | None, argument(description="Only those before this cursor.")] = UNSET,
    filter: Annotated[SmtpActivityFilter | None, argument(description="All given conditions must hold.")] = UNSET,
    order_by: Annotated[
        SmtpActivityOrder | None, argument(description="By time sent, newest first unless asked otherwise.")
    ] = NEWEST_FIRST,
) -> SmtpActivityConnection | None:
    """One page, in one statement; counts in another, once the page has given its connection back."""
    context, selection = info.context, info.selection()
    asked = filter.meaning() if filter else EVERYTHING
    ends, first, last = selection.among(PageInfo), given(first), given(last)
    request = PageRequest(
        columns=selection.columns,
        direction=Direction.ASC if order_by and order_by.direction is OrderDirection.ASC else Direction.DESC,
        first=DEFAULT_PAGE if first is None and last is None else first,
        after=given(after),
        last=last,
        before=given(before),
        wants_next="has_next_page" in ends,
        wants_previous="has_previous_page" in ends,
    )
    account, time_zone = context.viewer.readable_account(context.now), context.viewer.account.time_zone
    with IN_FILTER:
        page = await read_page(context.pools, account, asked, request, now=context.now, time_zone=time_zone)
    context.audit.rows += len(page.rows)
    histories = await read_histories(context, account, page.rows, selection) if selection.own_rows else {}
    counted = _COUNTS & selection.among(SmtpActivityConnection)
    counts = await _counts(context, account, asked, counted) if counted else None
    frame = Frame(time_zone, context.own_rules, request.direction, histories)
    return SmtpActivityConnection(page=page, counts=counts, frame=frame)
