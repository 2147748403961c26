"""Months: each is a partition of `smtp_activity` and one of `smtp_event`, made ahead or when an old log needs it."""

from collections.abc import Iterable
from datetime import UTC, date, datetime

from database.pool import AnyConnection

# Makes both tables of a month unless they exist; a function, because the service's role may not create tables.
_ADD_MONTH = "select smtp_activity_add_month($1)"
# Which months are there? Reads the catalogue; a month's table is named by it.
_EXISTING = """
select to_date(right(relname, 7), 'YYYY_MM') from pg_inherits join pg_class on oid = inhrelid
where inhparent = 'smtp_activity'::regclass order by 1
"""


async def ensure_months(connection: AnyConnection, months: Iterable[date]) -> None:
    """Make the months that do not exist yet, given by first days. Outside a transaction: it would keep locks."""
    for month in months:
        await connection.execute(_ADD_MONTH, month)


async def existing_months(connection: AnyConnection) -> tuple[date, ...]:
    """The first days of the months that there are, oldest first."""
    return tuple(record[0] for record in await connection.fetch(_EXISTING))


def months_between(first: datetime, last: datetime) -> tuple[date, ...]:
    """The first days of all months (UTC) from that of `first` to that of `last`, both included."""
    return _months(_number(first), _number(last))


def months_ahead(now: datetime) -> tuple[date, ...]:
    """The first days of the months that are kept ready: the last one, this one and the next two."""
    return _months(_number(now) - 1, _number(now) + 2)


def month_after(month: date) -> date:
    """The first day of the next month."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _number(instant: datetime) -> int:
    """Months since the year 0."""
    utc = instant.astimezone(UTC)
    return utc.year * 12 + utc.month - 1


def _months(first: int, last: int) -> tuple[date, ...]:
    return tuple(date(number // 12, number % 12 + 1, 1) for number in range(first, last + 1))
