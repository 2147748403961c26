"""A filter becomes SQL conditions and their values; pure. What is not understood is refused, never dropped."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from database.comparisons import Comparison, Operator, Shape, shape_of, values_of
from database.errors import InvalidInput
from database.period import Period, id_range, span
from database.recipients import ADDRESSES
from models import search_text
from models.activity_id import IdRange, message_range_of
from models.reason import ReasonCategory
from models.status import Status

MAX_CHARACTERS = 200
MAX_ADDRESSES = 20
# A line of a header, RFC 5322 section 2.1.1.
MAX_MESSAGE_ID_CHARACTERS = 998

InputPath = tuple[str, ...]
Pattern = Callable[[str], str]
Values = TypeVar("Values", bound=Collection[object])


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
class Exclusion:
    """Conditions of which none may hold. None is no condition."""

    status: frozenset[Status] | None = None
    recipient: AddressCondition | None = None
    sender: AddressCondition | None = None
    subject: TextCondition | None = None
    reason_category: frozenset[ReasonCategory] | None = None


@dataclass(frozen=True, slots=True)
class ActivityFilter:
    """Conditions that must all hold. None is no condition; without a period it is the default one.

    `same_message_as` is an activity's id; the period is then its message's, whichever is given.
    """

    period: Period | None = None
    status_changed: Period | None = None
    status: frozenset[Status] | None = None
    recipient: AddressCondition | None = None
    sender: AddressCondition | None = None
    subject: TextCondition | None = None
    search: str | None = None
    reason_category: frozenset[ReasonCategory] | None = None
    message_id: str | None = None
    queue_id: str | None = None
    credential: tuple[str, ...] | None = None
    same_message_as: UUID | None = None
    exclude: Exclusion = Exclusion()

    def of_any_status(self) -> "ActivityFilter":
        """The same filter with its conditions on the status left aside."""
        return replace(self, status=None, exclude=replace(self.exclude, status=None))


EVERYTHING = ActivityFilter()


class BoundFilter(NamedTuple):
    """A filter that was found good: ids of this range, one of these statuses (none: any), all of these comparisons.

    And one of these whole addresses, folded, as the recipient (none: any).
    """

    ids: IdRange
    statuses: tuple[Status, ...]
    comparisons: tuple[Comparison, ...]
    recipients: tuple[str, ...] = ()

    @property
    def needs_its_own_plan(self) -> bool:
        """Whether the planner must see the values: only they tell how few rows of the period a comparison leaves.

        A whole address leaves few, and where it does not, its index still has them in the order of the page.
        """
        return bool(self.comparisons)

    @property
    def required_patterns(self) -> list[str]:
        """Patterns that the text of every row that is found is like."""
        return [str(values[0]) for _, by, values in self.comparisons if by is Operator.LIKE and len(values) == 1]

    @property
    def shape(self) -> Shape:
        """What statements are compiled and kept by."""
        return shape_of(self.statuses, self.comparisons, of_recipients=bool(self.recipients))

    @property
    def values(self) -> dict[str, object]:
        """The values of the parameters in the shape's SQL."""
        return values_of(self.statuses, self.comparisons) | {ADDRESSES: self.recipients}


def bind_filter(activity_filter: ActivityFilter, *, now: datetime, time_zone: ZoneInfo) -> BoundFilter:
    """Check a filter and make it ready to ask; raises InvalidInput with a path from the filter inwards."""
    ids = id_range(activity_filter.period, now=now, time_zone=time_zone)
    if activity_filter.same_message_as is not None:
        ids = message_range_of(activity_filter.same_message_as)
    if activity_filter is EVERYTHING:
        return BoundFilter(ids, (), ())
    statuses = statuses_of(activity_filter)
    if not statuses:
        # No status is left: no id is looked at, for no statuses would mean any.
        ids = IdRange(ids.first, ids.first)
    comparisons = (*_changed(activity_filter.status_changed, now, time_zone), *_comparisons(activity_filter))
    recipients = _whole_addresses(activity_filter.recipient, ("recipient",))
    return BoundFilter(ids, () if len(statuses) == len(Status) else statuses, comparisons, recipients)


def statuses_of(asked: ActivityFilter) -> tuple[Status, ...]:
    """The statuses that a filter lets through, in one order; raises InvalidInput likewise."""
    wanted = Status if asked.status is None else _listed(asked.status, ("status",))
    unwanted = () if asked.exclude.status is None else _listed(asked.exclude.status, ("not", "status"))
    return tuple(sorted(set(wanted).difference(unwanted)))


def _changed(period: Period | None, now: datetime, time_zone: ZoneInfo) -> Iterator[Comparison]:
    if period is not None:
        start, end = span(period, now=now, time_zone=time_zone, path=("statusChanged",))
        yield Comparison("status_changed_at", Operator.FROM, (start,))
        if end is not None:
            yield Comparison("status_changed_at", Operator.BEFORE, (end,))


def _comparisons(asked: ActivityFilter) -> Iterator[Comparison]:
    if isinstance(asked.recipient, Contains | Domain):
        yield Comparison("search_text", Operator.LIKE, _recipient_patterns(asked.recipient, ("recipient",)))
    if asked.exclude.recipient is not None:
        patterns = _recipient_patterns(asked.exclude.recipient, ("not", "recipient"))
        yield Comparison("search_text", Operator.NOT_LIKE, patterns)
    for patterns in _patterns(asked, ()):
        yield Comparison("search_text", Operator.LIKE, patterns)
    for patterns in _patterns(asked.exclude, ("not",)):
        yield Comparison("search_text", Operator.NOT_LIKE, patterns)
    if asked.search is not None:
        text = search_text.anywhere_contains(_checked(asked.search, ("search",)))
        yield Comparison("search_text", Operator.LIKE, (text,))
    if asked.reason_category is not None:
        yield _reason(Operator.AMONG, asked.reason_category, ("reasonCategory",))
    if asked.exclude.reason_category is not None:
        yield _reason(Operator.NOT_AMONG, asked.exclude.reason_category, ("not", "reasonCategory"))
    if asked.message_id is not None:
        yield Comparison("message_id", Operator.IS, (_bare_message_id(asked.message_id, ("messageId",)),))
    if asked.queue_id is not None:
        yield Comparison("queue_id", Operator.IS, (_checked(asked.queue_id, ("queueId",)),))
    if asked.credential is not None:
        yield Comparison("credential", Operator.AMONG, (_credentials(asked.credential, ("credential",)),))
    if asked.same_message_as is not None:
        yield Comparison("message_key", Operator.AS_THAT_ACTIVITYS, (asked.same_message_as,))


def _whole_addresses(recipient: AddressCondition | None, path: InputPath) -> tuple[str, ...]:
    match recipient:
        case Equals(text):
            return (search_text.fold(_checked(text, (*path, "equals"))),)
        case AnyOf(texts):
            return _any_of(texts, search_text.fold, (*path, "in"))
        case _:
            return ()


def _recipient_patterns(condition: AddressCondition, path: InputPath) -> tuple[str, ...]:
    patterns = search_text.recipient_equals, search_text.recipient_contains, search_text.recipient_domain
    return _address(condition, *patterns, path)


def _patterns(asked: ActivityFilter | Exclusion, path: InputPath) -> Iterator[tuple[str, ...]]:
    """For the conditions on sender and subject each, the patterns of which one must be like the row's text."""
    if asked.sender is not None:
        patterns = search_text.sender_equals, search_text.sender_contains, search_text.sender_domain
        yield _address(asked.sender, *patterns, (*path, "sender"))
    if asked.subject is not None:
        yield _text(asked.subject, search_text.subject_equals, search_text.subject_contains, (*path, "subject"))


def _reason(operator: Operator, categories: frozenset[ReasonCategory], path: InputPath) -> Comparison:
    return Comparison("reason_category", operator, (sorted(_listed(categories, path)),))


def _credentials(names: tuple[str, ...], path: InputPath) -> list[str]:
    return [_checked(name, (*path, str(position))) for position, name in enumerate(_listed(names, path))]


def _listed(values: Values, path: InputPath) -> Values:
    if not values:
        raise InvalidInput("The list is empty: name a value, or leave the condition out.", path)
    return values


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
    if len(_listed(texts, path)) > MAX_ADDRESSES:
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
