"""A filter becomes SQL conditions and their values; pure. What is not understood is refused, never dropped."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import chain, count
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Table, bindparam, or_

from database.errors import InvalidInput
from database.period import Period, id_range
from models import search_text
from models.activity import SmtpActivity
from models.activity_id import IdRange
from models.status import Status

MAX_CHARACTERS = 200
MAX_ADDRESSES = 20
# A line of a header, RFC 5322 section 2.1.1.
MAX_MESSAGE_ID_CHARACTERS = 998

_ACTIVITY: Table = SmtpActivity.metadata.tables["smtp_activity"]

InputPath = tuple[str, ...]
Pattern = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Equals:
    """Exactly this text, as all of these without regard to case and accents."""

    text: str


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Exactly one of these addresses."""

    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Contains:
    """This text anywhere in it."""

    text: str


@dataclass(frozen=True, slots=True)
class Domain:
    """An address of exactly this domain."""

    text: str


TextCondition = Equals | Contains
AddressCondition = TextCondition | AnyOf | Domain


@dataclass(frozen=True, slots=True)
class ActivityFilter:
    """Conditions that must all hold. None is no condition; without a period it is the default one."""

    period: Period | None = None
    status: frozenset[Status] | None = None
    recipient: AddressCondition | None = None
    sender: AddressCondition | None = None
    subject: TextCondition | None = None
    search: str | None = None
    message_id: str | None = None
    queue_id: str | None = None


class Operator(StrEnum):
    """How a column is compared."""

    IS = "="
    LIKE = "LIKE"


class Comparison(NamedTuple):
    """A column that must compare so with one of these values."""

    column: str
    operator: Operator
    values: tuple[str, ...]


class Shape(NamedTuple):
    """All that decides the SQL text: how many statuses, and each comparison's column, operator and number of values."""

    statuses: int
    comparisons: tuple[tuple[str, Operator, int], ...]


class BoundFilter(NamedTuple):
    """A filter that was found good: ids of this range, one of these statuses (none: any), all of these comparisons."""

    ids: IdRange
    statuses: tuple[Status, ...]
    comparisons: tuple[Comparison, ...]

    @property
    def needs_its_own_plan(self) -> bool:
        """Whether the planner must see the values: only they tell how few rows of the period a comparison leaves."""
        return bool(self.comparisons)

    @property
    def shape(self) -> Shape:
        """What statements are compiled and kept by."""
        return Shape(len(self.statuses), tuple((column, by, len(values)) for column, by, values in self.comparisons))

    @property
    def values(self) -> dict[str, str]:
        """The values of the parameters in `status_is` and `conditions`."""
        compared = chain.from_iterable(comparison.values for comparison in self.comparisons)
        return {_status_name(number): status for number, status in enumerate(self.statuses)} | {
            _value_name(number): value for number, value in enumerate(compared)
        }


def bind_filter(activity_filter: ActivityFilter, *, now: datetime, time_zone: ZoneInfo) -> BoundFilter:
    """Check a filter and make it ready to ask; raises InvalidInput with a path from the filter inwards."""
    return BoundFilter(
        id_range(activity_filter.period, now=now, time_zone=time_zone),
        _statuses(activity_filter.status),
        tuple(_comparisons(activity_filter)),
    )


def conditions(shape: Shape) -> list[ColumnElement[bool]]:
    """The comparisons of a shape as SQL."""
    numbers = count()
    return [
        or_(*(_compare(column, operator, _value_name(next(numbers))) for _ in range(values)))
        for column, operator, values in shape.comparisons
    ]


def status_is(number: int) -> ColumnElement[bool]:
    """The condition on the status of this number, as SQL."""
    return _compare("status", Operator.IS, _status_name(number))


def _compare(column: str, operator: Operator, parameter: str) -> ColumnElement[bool]:
    compared = _ACTIVITY.c[column]
    return compared.like(bindparam(parameter)) if operator is Operator.LIKE else compared == bindparam(parameter)


def _status_name(number: int) -> str:
    return f"status_{number}"


def _value_name(number: int) -> str:
    return f"value_{number}"


def _statuses(statuses: frozenset[Status] | None) -> tuple[Status, ...]:
    if statuses is None or len(statuses) == len(Status):
        return ()
    if not statuses:
        raise InvalidInput("The list is empty: name a status, or leave the condition out.", ("status",))
    return tuple(sorted(statuses))


def _comparisons(asked: ActivityFilter) -> Iterator[Comparison]:
    if asked.recipient is not None:
        patterns = search_text.recipient_equals, search_text.recipient_contains, search_text.recipient_domain
        yield _like(_address(asked.recipient, *patterns, ("recipient",)))
    if asked.sender is not None:
        patterns = search_text.sender_equals, search_text.sender_contains, search_text.sender_domain
        yield _like(_address(asked.sender, *patterns, ("sender",)))
    if asked.subject is not None:
        yield _like(_text(asked.subject, search_text.subject_equals, search_text.subject_contains, ("subject",)))
    if asked.search is not None:
        yield _like((search_text.anywhere_contains(_checked(asked.search, ("search",))),))
    if asked.message_id is not None:
        yield Comparison("message_id", Operator.IS, (_bare_message_id(asked.message_id, ("messageId",)),))
    if asked.queue_id is not None:
        yield Comparison("queue_id", Operator.IS, (_checked(asked.queue_id, ("queueId",)),))


def _like(patterns: tuple[str, ...]) -> Comparison:
    return Comparison("search_text", Operator.LIKE, patterns)


def _address(
    condition: AddressCondition, equals: Pattern, contains: Pattern, domain: Pattern, path: InputPath
) -> tuple[str, ...]:
    match condition:
        case AnyOf(texts):
            return _any_of(texts, equals, (*path, "in"))
        case Domain(text):
            return (domain(_checked_domain(text, (*path, "domain"))),)
        case _:
            return _text(condition, equals, contains, path)


def _text(condition: TextCondition, equals: Pattern, contains: Pattern, path: InputPath) -> tuple[str, ...]:
    match condition:
        case Equals(text):
            return (equals(_checked(text, (*path, "equals"))),)
        case Contains(text):
            return (contains(_checked(text, (*path, "contains"))),)


def _any_of(texts: tuple[str, ...], equals: Pattern, path: InputPath) -> tuple[str, ...]:
    if not texts:
        raise InvalidInput("The list is empty: name an address, or leave the condition out.", path)
    if len(texts) > MAX_ADDRESSES:
        raise InvalidInput(f"At most {MAX_ADDRESSES} addresses can be asked for at once, not {len(texts)}.", path)
    patterns = (equals(_checked(text, (*path, str(position)))) for position, text in enumerate(texts))
    return tuple(dict.fromkeys(patterns))


def _checked_domain(domain: str, path: InputPath) -> str:
    if "@" in search_text.fold(domain):
        raise InvalidInput("A domain is what follows the @ of an address: leave out the @ and what precedes it.", path)
    return _checked(domain, path)


def _bare_message_id(message_id: str, path: InputPath) -> str:
    if message_id.startswith("<") and message_id.endswith(">"):
        message_id = message_id[1:-1]
    return _checked(message_id, path, MAX_MESSAGE_ID_CHARACTERS)


def _checked(text: str, path: InputPath, longest: int = MAX_CHARACTERS) -> str:
    if len(text) > longest:
        raise InvalidInput(f"The text has {len(text)} characters: give at most {longest}.", path)
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise InvalidInput("The text holds a NUL character or half a surrogate pair: leave it out.", path)
    if search_text.is_blank_after_fold(text):
        raise InvalidInput(
            "The text is blank: give at least one letter, digit or sign, or leave the condition out.", path
        )
    return text
