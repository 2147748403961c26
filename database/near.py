"""Which rows are near: so few that looking through them costs less than asking an index for a text.

Whoever searches looks through these first. An account that has no others is never searched by the index, whose cost
also depends on what stands in all other accounts.
"""

from functools import cache

from sqlalchemy import bindparam, literal_column, select

from database.comparisons import ACTIVITY, WITHIN
from database.cursor import Direction
from database.statement import Statement, compile_statement

# Some eight milliseconds, and enough for a page of what stands in one row of a hundred.
NEAR_ROWS = 5_000


# The first row that is not near, `limit` being how many are: by the primary key alone.
@cache
def row_beyond_near(direction: Direction) -> Statement:
    """Of one row, or none."""
    id_ = ACTIVITY.c.id
    return compile_statement(
        select(id_)
        .where(*WITHIN)
        .order_by(id_.desc() if direction is Direction.DESC else id_)
        .offset(bindparam("limit"))
        .limit(literal_column("1"))
    )
