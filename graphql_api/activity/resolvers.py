"""The fields of Query about activities: translate, call the database room, shape."""

from dataclasses import dataclass
from typing import Annotated

from strawberry import UNSET, argument

from auth.permissions import Permission
from auth.viewer import ReadableAccount
from database.counts import Counts, read_counts
from database.cursor import Direction
from database.errors import CountTookTooLong
from database.filters import ActivityFilter
from database.page import PageRequest, read_page
from graphql_api.activity.columns import columns_of, selected_fields
from graphql_api.activity.connection import SmtpActivityConnection
from graphql_api.activity.history import read_histories
from graphql_api.activity.inputs import NEWEST_FIRST, SmtpActivityFilter, SmtpActivityOrder, in_filter
from graphql_api.context import Info
from graphql_api.given import given
from graphql_api.pages import DEFAULT_PAGE, PageInfo
from graphql_api.permission import guarded_field

_COUNTS = frozenset({"total_count", "status_counts"})


@dataclass(frozen=True, slots=True)
class _Selected:
    """What the selection needs to be read."""

    columns: frozenset[str]
    ends: frozenset[str]
    counts: frozenset[str]


def _selected(info: Info) -> _Selected:
    fields = list(selected_fields(info))
    return _Selected(
        columns_of(fields),
        ends=frozenset(field.python_name for field in fields if field.origin is PageInfo),
        counts=_COUNTS.intersection(field.python_name for field in fields if field.origin is SmtpActivityConnection),
    )


async def _counts(info: Info, account: ReadableAccount, asked: ActivityFilter, wanted: frozenset[str]) -> Counts | None:
    if not wanted:
        return None
    context = info.context
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
    caller, now, time_zone = info.context.viewer, info.context.now, info.context.viewer.account.time_zone
    asked = filter.meaning() if filter else ActivityFilter()
    selected, first, last = _selected(info), given(first), given(last)
    request = PageRequest(
        columns=selected.columns,
        direction=Direction[(order_by or NEWEST_FIRST).direction.name],
        first=DEFAULT_PAGE if first is None and last is None else first,
        after=given(after),
        last=last,
        before=given(before),
        wants_next="has_next_page" in selected.ends,
        wants_previous="has_previous_page" in selected.ends,
    )
    account = caller.readable_account(now)
    with in_filter():
        page = await read_page(info.context.pools, account, asked, request, now=now, time_zone=time_zone)
    info.context.audit.rows += len(page.rows)
    histories = await read_histories(info, account, [row["id"] for row in page.rows])
    counts = await _counts(info, account, asked, selected.counts)
    return SmtpActivityConnection(
        page=page, counts=counts, direction=request.direction, time_zone=time_zone, histories=histories
    )
