"""A page of activities as the API shows it: edges, nodes and where the page stands (Relay's connections)."""

from collections.abc import Callable, Sequence
from functools import partial

import strawberry

from database.counts import Counts
from database.cursor import encode_cursor, encode_cursors
from database.page import Page
from graphql_api.activity.frame import Frame
from graphql_api.activity.status import SmtpActivityStatus
from graphql_api.activity.types import SmtpActivity
from graphql_api.columns import Row, column, its_rows, same_row
from graphql_api.errors import CountingTookTooLong
from graphql_api.pages import PageInfo


def _cursors(frame: Frame) -> Callable[[Sequence[str]], Sequence[str]]:
    return partial(encode_cursors, frame.direction)


def _rows(connection: "SmtpActivityConnection") -> Sequence[Row]:
    return connection.page.rows


@strawberry.type(description="A row and its cursor.")
class SmtpActivityEdge:
    """One place in the order."""

    row: strawberry.Private[Row]
    frame: strawberry.Private[Frame]

    cursor: str = column(
        "id",
        show_all=_cursors,
        description="Opaque; stays valid when rows are added or removed, and with any filter in the same order.",
    )
    node: SmtpActivity = same_row(SmtpActivity, "id", description="The row.")


@strawberry.type(description="How many activities have a status.")
class SmtpActivityStatusCount:
    """A status and its number."""

    status: SmtpActivityStatus = strawberry.field(description="The status.")
    count: int = strawberry.field(description="How many.")


@strawberry.type(description="A page of SMTP activities.")
class SmtpActivityConnection:
    """A page that was read; every row holds its id, for cursors. Counts are None when they took too long."""

    page: strawberry.Private[Page]
    counts: strawberry.Private[Counts | None]
    frame: strawberry.Private[Frame]

    edges: list[SmtpActivityEdge] = its_rows(SmtpActivityEdge, _rows, description="The rows with their cursors.")
    nodes: list[SmtpActivity] = its_rows(
        SmtpActivity, _rows, description="The edges' nodes, for clients that need no cursors."
    )

    @strawberry.field(description="Where this page stands.")
    def page_info(self) -> PageInfo:
        """Whether there is more, and the page's ends."""
        rows = self.page.rows
        return PageInfo(
            has_next_page=self.page.has_next,
            has_previous_page=self.page.has_previous,
            start_cursor=self._cursor(rows[0]) if rows else None,
            end_cursor=self._cursor(rows[-1]) if rows else None,
        )

    @strawberry.field(
        description=(
            "How many match the filter, on all pages."
            " Null, with a TIMEOUT error, when they could not be counted in time. Costs only when asked."
        )
    )
    def total_count(self) -> int | None:
        """Of all pages together."""
        return self._counted().total

    @strawberry.field(
        description=(
            "How many match per status, every status listed, `filter.status` and `filter.not.status` left aside."
            " Null, with a TIMEOUT error, likewise. Costs only when asked."
        )
    )
    def status_counts(self) -> list[SmtpActivityStatusCount] | None:
        """In the order of the schema's enum."""
        by_status = self._counted().by_status
        return [SmtpActivityStatusCount(status=SmtpActivityStatus(each), count=by_status[each]) for each in by_status]

    def _counted(self) -> Counts:
        if self.counts is None:
            raise CountingTookTooLong
        return self.counts

    def _cursor(self, row: Row) -> str:
        return encode_cursor(self.frame.direction, row["id"])
