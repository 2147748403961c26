"""How columns are compared with a filter's values, as SQL; what decides the SQL text is told apart from the values."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from itertools import chain, count
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, ColumnElement, Table, Text, and_, any_, bindparam, case, func, literal_column, or_, select

from database.recipients import IS_RECIPIENT
from models.activity import SmtpActivity
from models.reason import ReasonCategory
from models.status import WITH_REASON, Status

ACTIVITY: Table = SmtpActivity.metadata.tables["smtp_activity"]
_THAT_ACTIVITY = ACTIVITY.alias("that_activity")

# An account's rows in a range of ids: the parameters account_id, first_id (included) and end_id (excluded).
WITHIN: tuple[ColumnElement[bool], ...] = (
    ACTIVITY.c.account_id == bindparam("account_id"),
    ACTIVITY.c.id >= bindparam("first_id"),
    ACTIVITY.c.id < bindparam("end_id"),
)

# The category that people are shown: a reason for which no server gave an answer is of the kind OTHER.
_WITH_REASON = or_(*(ACTIVITY.c.status == status.value for status in sorted(WITH_REASON)))
_SHOWN = {
    "reason_category": func.coalesce(
        ACTIVITY.c.reason_category, case((_WITH_REASON, ReasonCategory.OTHER.value)), type_=Text
    )
}


class Operator(StrEnum):
    """How a column is compared. NOT_… hold exactly where their opposite does not, also for a column that is null."""

    IS = "="
    LIKE = "LIKE"
    NOT_LIKE = "NOT LIKE"
    AMONG = "= ANY"
    NOT_AMONG = "= ANY … IS NOT TRUE"
    FROM = ">="
    BEFORE = "<"
    AS_THAT_ACTIVITYS = "= (SELECT …)"


class Comparison(NamedTuple):
    """A column that must compare so with one of these values; NOT_LIKE: with all. The value of …AMONG is a list."""

    column: str
    operator: Operator
    values: tuple[object, ...]


class Shape(NamedTuple):
    """All that decides the SQL text: how many statuses, and each comparison's column, operator and number of values.

    And whether there are whole addresses of recipients (database/recipients.py).
    """

    statuses: int
    comparisons: tuple[tuple[str, Operator, int], ...]
    of_recipients: bool = False

    @property
    def searches(self) -> bool:
        """Whether rows are looked for by a text in them."""
        return bool(self.comparisons) and any(operator is Operator.LIKE for _, operator, _ in self.comparisons)


def shape_of(statuses: Sequence[Status], comparisons: Iterable[Comparison], *, of_recipients: bool) -> Shape:
    """What statements are compiled and kept by."""
    compared = tuple((column, by, len(values)) for column, by, values in comparisons)
    return Shape(len(statuses), compared, of_recipients)


def values_of(statuses: Sequence[Status], comparisons: Iterable[Comparison]) -> dict[str, object]:
    """The values of the parameters in `status_is` and `conditions`."""
    compared = chain.from_iterable(comparison.values for comparison in comparisons)
    return {_status_name(number): status for number, status in enumerate(statuses)} | {
        _value_name(number): value for number, value in enumerate(compared)
    }


def conditions(shape: Shape, *, of_walk: bool = False) -> list[ColumnElement[bool]]:
    """The comparisons of a shape as SQL; the parameter `account_id` is the asking account.

    Those of a walk are the same, but no index on texts can serve them.
    """
    numbers = count()
    compared = (
        (operator, [_compare(column, operator, _value_name(next(numbers)), of_walk=of_walk) for _ in range(values)])
        for column, operator, values in shape.comparisons
    )
    return [and_(*each) if operator is Operator.NOT_LIKE else or_(*each) for operator, each in compared]


def where(shape: Shape, *, of_walk: bool = False) -> list[ColumnElement[bool]]:
    """All that is asked of a row, as SQL."""
    recipients = [IS_RECIPIENT] if shape.of_recipients else []
    return [*WITHIN, *recipients, *conditions(shape, of_walk=of_walk), *of_statuses(shape)]


def of_statuses(shape: Shape) -> list[ColumnElement[bool]]:
    """That it has one of the statuses, whichever, as SQL."""
    return [or_(*map(status_is, range(shape.statuses)))] if shape.statuses else []


def status_is(number: int) -> ColumnElement[bool]:
    """The condition on the status of this number, as SQL."""
    return _compare("status", Operator.IS, _status_name(number))


def _compare(column: str, operator: Operator, parameter: str, *, of_walk: bool = False) -> ColumnElement[bool]:
    compared: ColumnElement[Any] = _SHOWN.get(column, ACTIVITY.c[column])
    value: ColumnElement[Any] = bindparam(parameter)
    if of_walk and operator is Operator.LIKE:
        compared = compared.concat(literal_column("''"))
    match operator:
        case Operator.IS:
            return compared == value
        case Operator.LIKE:
            return compared.like(value)
        case Operator.NOT_LIKE:
            return compared.not_like(value)
        case Operator.AMONG:
            return _among(compared, parameter)
        case Operator.NOT_AMONG:
            return _among(compared, parameter).is_not(True)
        case Operator.FROM:
            return compared >= value
        case Operator.BEFORE:
            return compared < value
        case Operator.AS_THAT_ACTIVITYS:
            return compared == _of_that_activity(column, parameter)


def _among(compared: ColumnElement[str], parameter: str) -> ColumnElement[bool]:
    return compared == any_(bindparam(parameter, type_=ARRAY(Text)))


# What an activity has in this column, by primary key; null, which equals nothing, when the account has no such one.
def _of_that_activity(column: str, parameter: str) -> ColumnElement[str]:
    is_that = _THAT_ACTIVITY.c.account_id == bindparam("account_id"), _THAT_ACTIVITY.c.id == bindparam(parameter)
    return select(_THAT_ACTIVITY.c[column]).where(*is_that).scalar_subquery()


# SQLAlchemy calls the parameters of constants after their columns: status_1.
def _status_name(number: int) -> str:
    return f"asked_status_{number}"


def _value_name(number: int) -> str:
    return f"asked_value_{number}"
