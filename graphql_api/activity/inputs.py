"""What can be asked of activities: the input types, and what they mean to the database room, which checks their values.

No field has a default, so that an explicit null is the same as not given.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from enum import Enum
from typing import TypeVar

import strawberry
from strawberry import UNSET

from database.cursor import Direction
from database.errors import BadCursor, InvalidInput
from database.filters import ActivityFilter, AddressCondition, AnyOf, Contains, Domain, Equals, TextCondition
from database.period import Days, Instants, LastDays, Period
from graphql_api.activity.status import SmtpActivityStatus
from models.status import Status

T = TypeVar("T")


def given(value: T | None) -> T | None:
    """None for what was left out as for what was null."""
    return None if value is UNSET else value


@contextmanager
def in_filter() -> Iterator[None]:
    """The database room names what is wrong from the filter inwards: make it from the field's arguments inwards."""
    try:
        yield
    except BadCursor:
        raise
    except InvalidInput as error:
        raise InvalidInput(str(error), ("filter", *error.path)) from None


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
    message_id: str | None = strawberry.field(
        default=UNSET, description="Exactly this Message-ID, with or without angle brackets."
    )
    queue_id: str | None = strawberry.field(default=UNSET, description="Exactly this queue id.")

    def meaning(self) -> ActivityFilter:
        """The filter, its values as yet unchecked."""
        status = given(self.status)
        return ActivityFilter(
            period=self.period.meaning() if self.period else None,
            status=None if status is None else frozenset(Status[each.name] for each in status),
            recipient=self.recipient.meaning() if self.recipient else None,
            sender=self.sender.meaning() if self.sender else None,
            subject=self.subject.meaning() if self.subject else None,
            search=given(self.search),
            message_id=given(self.message_id),
            queue_id=given(self.queue_id),
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
