"""The events of activities that are shown together: read at once, for all of them, when the selection has any."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from auth.viewer import ReadableAccount
from database.timeline import MAX_EVENTS, read_events
from graphql_api.activity.columns import Row, columns_of, selections_with_own_rows
from graphql_api.activity.event import DEFAULT_EVENTS
from graphql_api.context import Info

Histories = Mapping[UUID, Sequence[Row]]
"""Events by their activity's id, each oldest first."""


async def read_histories(
    info: Info, account: ReadableAccount, ids: Collection[UUID], type_name: str | None = None
) -> Histories:
    """As many of the latest events as any selection below the field being resolved asks for, with all its columns."""
    wanted, columns = 0, frozenset[str]()
    for selection in selections_with_own_rows(info, type_name):
        last = selection.arguments["last"]
        last = DEFAULT_EVENTS if last is None else last
        # What is out of bounds is refused where it was asked, by the field itself.
        if 1 <= last <= MAX_EVENTS:
            wanted, columns = max(wanted, last), columns | columns_of(selection.below)
    return await read_events(info.context.pools, account, ids, columns, last=wanted) if wanted else {}
