"""What can be asked of activities: the input types, and what they mean to the database room, which checks their values.

No field has a default, so that an explicit null is the same as not given.
"""

from collections.abc import Iterable
from datetime import date, datetime
from enum import Enum
from typing import Protocol, TypeVar

import strawberry
from strawberry import UNSET

from database.cursor import Direction
from database.errors import BadCursor, InvalidInput
from database.filters import ActivityFilter, AddressCondition, AnyOf, Contains, Domain, Equals, Exclusion, TextCondition
from database.period import Days, Instants, LastDays, Period
from graphql_api.activity.reason import SmtpActivityReasonCategory
from graphql_api.activity.reference import NOBODYS, activity_uuid
from graphql_api.activity.status import SmtpActivityStatus
from graphql_api.given import given
from models.reason import ReasonCategory
from models.status import Status

T = TypeVar("T")
Kind = TypeVar("Kind", bound=Enum)
Meaning = TypeVar("Meaning", covariant=True)


class _InFilter:
    """The database room names what is wrong from the filter inwards: make it from the field's arguments inwards."""

    def __enter__(self) -> None:
        """Nothing."""

    def __exit__(self, _type: object, error: BaseException | None, _traceback: object) -> None:
        """Raise what is wrong, named anew."""
        if isinstance(error, InvalidInput) and not isinstance(error, BadCursor):
            raise InvalidInput(str(error), ("filter", *error.path)) from None


IN_FILTER = _InFilter()


@strawberry.input(description="Whole days, both included.")
class DayRange:
    """Days of the account's zone."""

    from_: date = strawberry.field(name="from", description="The first day.")
    to: date = strawberry.field(description="The last day.")


@strawberry.input(description="From included, to excluded.")
class InstantRange:
    """A half-open range."""

    from_: datetime = strawberry.field(name="from", description="From this instant on.")
    to: datetime = strawberry.field(description="Before this instant.")


@strawberry.input(one_of=True, description="A period of time, given in one of three ways.")
class PeriodInput:
    """Exactly one field is set."""

    last_days: int | None = strawberry.field(default=UNSET, description="The last N times 24 hours, 1 to 400.")
    days: DayRange | None = strawberry.field(
        default=UNSET, description="Whole days in the account's time zone, both included."
    )
    instants: InstantRange | None = strawberry.field(default=UNSET, description="Instants: from included, to excluded.")

    def meaning(self) -> Period:
        """The period."""
        if self.days:
            return Days(self.days.from_, self.days.to)
        if self.instants:
            return Instants(self.instants.from_, self.instants.to)
        return LastDays(self.last_days or 0)


@strawberry.input(one_of=True, description="A condition on an address. Case and accents do not matter.")
class AddressFilter:
    """Exactly one field is set."""

    equals: str | None = strawberry.field(default=UNSET, description="Exactly this address.")
    in_: list[str] | None = strawberry.field(name="in", default=UNSET, description="Any of these addresses, 1 to 20.")
    contains: str | None = strawberry.field(default=UNSET, description="This text anywhere in it.")
    domain: str | None = strawberry.field(default=UNSET, description="Exactly this domain, e.g. example.com.")

    def meaning(self) -> AddressCondition:
        """The condition."""
        if isinstance(self.equals, str):
            return Equals(self.equals)
        if isinstance(self.contains, str):
            return Contains(self.contains)
        if isinstance(self.domain, str):
            return Domain(self.domain)
        return AnyOf(tuple(self.in_ or ()))


@strawberry.input(one_of=True, description="A condition on a text. Case and accents do not matter.")
class TextFilter:
    """Exactly one field is set."""

    equals: str | None = strawberry.field(default=UNSET, description="Exactly this text.")
    contains: str | None = strawberry.field(default=UNSET, description="This text anywhere in it.")

    def meaning(self) -> TextCondition:
        """The condition."""
        return Equals(self.equals) if isinstance(self.equals, str) else Contains(self.contains or "")


class _Condition(Protocol[Meaning]):
    def meaning(self) -> Meaning: ...


def _meaning(condition: _Condition[Meaning] | None) -> Meaning | None:
    return condition.meaning() if condition else None


def _members(kind: type[Kind], values: Iterable[Enum] | None) -> frozenset[Kind] | None:
    """The same members of the models' own enum; None when none are given."""
    names = given(values)
    return None if names is None else frozenset(kind[each.name] for each in names)


@strawberry.input(description="What to leave out.")
class SmtpActivityExclusion:
    """Conditions of which none may hold."""

    status: list[SmtpActivityStatus] | None = strawberry.field(default=UNSET, description="Any of these statuses.")
    recipient: AddressFilter | None = strawberry.field(
        default=UNSET, description="The recipient, or where an alias sent it."
    )
    sender: AddressFilter | None = strawberry.field(default=UNSET, description="The sender, header or envelope.")
    subject: TextFilter | None = strawberry.field(default=UNSET, description="The subject.")
    reason_category: list[SmtpActivityReasonCategory] | None = strawberry.field(
        default=UNSET, description="Any of these reasons."
    )

    def meaning(self) -> Exclusion:
        """The exclusion, its values as yet unchecked."""
        return Exclusion(
            status=_members(Status, self.status),
            recipient=_meaning(self.recipient),
            sender=_meaning(self.sender),
            subject=_meaning(self.subject),
            reason_category=_members(ReasonCategory, self.reason_category),
        )


@strawberry.input(
    description=(
        "Conditions are joined by AND. An explicit null is the same as not given;"
        " an empty list or blank text is refused rather than ignored."
    )
)
class SmtpActivityFilter:
    """Conditions on activities."""

    period: PeriodInput | None = strawberry.field(
        default=UNSET, description="When the message was sent. Default: the last 30 days."
    )
    status_changed: PeriodInput | None = strawberry.field(
        default=UNSET,
        description="When the current status was reached, e.g. for what bounced today. Within `period`.",
    )
    status: list[SmtpActivityStatus] | None = strawberry.field(
        default=UNSET, description="Any of these statuses; a single value may be given without brackets."
    )
    recipient: AddressFilter | None = strawberry.field(
        default=UNSET, description="The recipient, or where an alias sent it."
    )
    sender: AddressFilter | None = strawberry.field(default=UNSET, description="The sender, header or envelope.")
    subject: TextFilter | None = strawberry.field(default=UNSET, description="The subject.")
    search: str | None = strawberry.field(
        default=UNSET,
        description=(
            "Text found in the recipient, the sender or the subject; case and accents do not matter."
            " No operators, no wildcards. 1 to 200 characters."
        ),
    )
    reason_category: list[SmtpActivityReasonCategory] | None = strawberry.field(
        default=UNSET, description="Any of these reasons."
    )
    message_id: str | None = strawberry.field(
        default=UNSET, description="Exactly this Message-ID, with or without angle brackets."
    )
    queue_id: str | None = strawberry.field(default=UNSET, description="Exactly this queue id.")

    credential: list[str] | None = strawberry.field(default=UNSET, description="Any of these SMTP user names.")
    same_message_as: strawberry.ID | None = strawberry.field(
        default=UNSET,
        description=(
            "The recipients of the same message as this activity, itself included; `period` is then that message's."
        ),
    )
    not_: SmtpActivityExclusion | None = strawberry.field(
        name="not", default=UNSET, description="Leave out what fulfils any of these conditions."
    )

    def meaning(self) -> ActivityFilter:
        """The filter, its values as yet unchecked."""
        credential, same_message_as = given(self.credential), given(self.same_message_as)
        return ActivityFilter(
            period=_meaning(self.period),
            status_changed=_meaning(self.status_changed),
            status=_members(Status, self.status),
            recipient=_meaning(self.recipient),
            sender=_meaning(self.sender),
            subject=_meaning(self.subject),
            search=given(self.search),
            reason_category=_members(ReasonCategory, self.reason_category),
            message_id=given(self.message_id),
            queue_id=given(self.queue_id),
            credential=None if credential is None else tuple(credential),
            same_message_as=None if same_message_as is None else activity_uuid(same_message_as) or NOBODYS,
            exclude=_meaning(self.not_) or Exclusion(),
        )


@strawberry.enum(description="What activities can be ordered by.")
class SmtpActivityOrderField(Enum):
    """The one order there is."""

    SENT_AT = strawberry.enum_value("SENT_AT", description="When the message was sent.")


@strawberry.enum(description="Which way to order.")
class OrderDirection(Enum):
    """Both ways."""

    ASC = strawberry.enum_value(Direction.ASC, description="Oldest first.")
    DESC = strawberry.enum_value(Direction.DESC, description="Newest first.")


@strawberry.input(description="An order of activities; ties are broken by ID.")
class SmtpActivityOrder:
    """A field and a direction."""

    field: SmtpActivityOrderField = strawberry.field(description="What to order by.")
    direction: OrderDirection = strawberry.field(description="Which way.")


NEWEST_FIRST = SmtpActivityOrder(field=SmtpActivityOrderField.SENT_AT, direction=OrderDirection.DESC)
