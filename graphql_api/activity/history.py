"""The events of activities that are shown together: read at once, for all of them, when the selection has any."""

from collections.abc import Iterable

from auth.viewer import ReadableAccount
from database.timeline import MAX_EVENTS, read_events
from graphql_api.activity.event import DEFAULT_EVENTS
from graphql_api.activity.frame import Histories
from graphql_api.columns import Row
from graphql_api.context import Context
from graphql_api.selection import Selection


async def read_histories(
    context: Context, account: ReadableAccount, rows: Iterable[Row], selection: Selection
) -> Histories:
    """Of these activities, as many of the latest events as the selection asks for anywhere, with all their columns."""
    wanted, columns = 0, frozenset[str]()
    for asked in selection.own_rows:
        last = asked.arguments.get("last", DEFAULT_EVENTS)
        last = DEFAULT_EVENTS if last is None else last
        # What is out of bounds is refused where it was asked, by the field itself.
        if 1 <= last <= MAX_EVENTS:
            wanted, columns = max(wanted, last), columns | asked.columns
    ids = [row["id"] for row in rows]
    return await read_events(context.pools, account, ids, columns, last=wanted) if wanted else {}
