"""Filters: what is refused, with which path; what decides the SQL text; and that PostgreSQL reads patterns likewise."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from database.errors import InvalidInput
from database.filters import (
    ActivityFilter,
    AddressCondition,
    AnyOf,
    BoundFilter,
    Contains,
    Domain,
    Equals,
    Exclusion,
    bind_filter,
)
from database.period import Instants, LastDays
from models.activity_id import time_range
from models.search_text import (
    anywhere_contains,
    fold,
    is_blank_after_fold,
    recipient_equals,
    search_text,
    sender_domain,
    subject_equals,
)
from models.status import Status

NOW = datetime(2026, 11, 23, 19, 0, tzinfo=UTC)


def bound(asked: ActivityFilter) -> BoundFilter:
    """The filter, ready to ask."""
    return bind_filter(asked, now=NOW, time_zone=ZoneInfo("America/Toronto"))


def refusal(asked: ActivityFilter) -> InvalidInput:
    """What is said of a filter that is refused."""
    with pytest.raises(InvalidInput) as caught:
        bound(asked)
    return caught.value


def about(place: str, condition: AddressCondition) -> ActivityFilter:
    """A condition on the recipient or on the sender."""
    return ActivityFilter(recipient=condition) if place == "recipient" else ActivityFilter(sender=condition)


# Every place where a text can be given, and the path to it.
PLACES: dict[tuple[str, ...], Callable[[str], ActivityFilter]] = {
    ("recipient", "equals"): lambda text: ActivityFilter(recipient=Equals(text)),
    ("recipient", "contains"): lambda text: ActivityFilter(recipient=Contains(text)),
    ("recipient", "domain"): lambda text: ActivityFilter(recipient=Domain(text)),
    ("recipient", "in", "1"): lambda text: ActivityFilter(recipient=AnyOf(("a@b", text))),
    ("sender", "equals"): lambda text: ActivityFilter(sender=Equals(text)),
    ("sender", "contains"): lambda text: ActivityFilter(sender=Contains(text)),
    ("sender", "domain"): lambda text: ActivityFilter(sender=Domain(text)),
    ("sender", "in", "0"): lambda text: ActivityFilter(sender=AnyOf((text,))),
    ("subject", "equals"): lambda text: ActivityFilter(subject=Equals(text)),
    ("subject", "contains"): lambda text: ActivityFilter(subject=Contains(text)),
    ("search",): lambda text: ActivityFilter(search=text),
    ("messageId",): lambda text: ActivityFilter(message_id=text),
    ("queueId",): lambda text: ActivityFilter(queue_id=text),
    ("credential", "1"): lambda text: ActivityFilter(credential=("shop@relay", text)),
    ("not", "recipient", "equals"): lambda text: ActivityFilter(exclude=Exclusion(recipient=Equals(text))),
    ("not", "recipient", "contains"): lambda text: ActivityFilter(exclude=Exclusion(recipient=Contains(text))),
    ("not", "recipient", "domain"): lambda text: ActivityFilter(exclude=Exclusion(recipient=Domain(text))),
    ("not", "sender", "in", "0"): lambda text: ActivityFilter(exclude=Exclusion(sender=AnyOf((text,)))),
    ("not", "subject", "equals"): lambda text: ActivityFilter(exclude=Exclusion(subject=Equals(text))),
    ("not", "subject", "contains"): lambda text: ActivityFilter(exclude=Exclusion(subject=Contains(text))),
}
everywhere = pytest.mark.parametrize("path", PLACES, ids=".".join)


@everywhere
@pytest.mark.parametrize("text", ["", " ", "\t", "\u0301", "\u0301\n\u3000"])
def test_a_text_that_folds_to_nothing_is_refused_everywhere(path: tuple[str, ...], text: str) -> None:
    error = refusal(PLACES[path](text))
    assert error.path == path
    assert "blank" in str(error)


@everywhere
@pytest.mark.parametrize("text", ["a\0b", "a\ud800", "\udfffa"])
def test_what_postgresql_cannot_take_is_refused_everywhere(path: tuple[str, ...], text: str) -> None:
    error = refusal(PLACES[path](text))
    assert error.path == path
    assert "NUL" in str(error)


@everywhere
def test_a_text_has_200_characters_at_most_and_a_message_id_a_whole_line(path: tuple[str, ...]) -> None:
    longest = 998 if path == ("messageId",) else 200
    found_good = bound(PLACES[path]("a" * longest))
    assert found_good.comparisons or found_good.recipients
    error = refusal(PLACES[path]("a" * (longest + 1)))
    assert error.path == path
    assert str(error) == f"The text has {longest + 1} characters: give at most {longest}."


@pytest.mark.parametrize("place", ["recipient", "sender"])
def test_an_empty_list_of_addresses_is_refused(place: str) -> None:
    error = refusal(about(place, AnyOf(())))
    assert error.path == (place, "in")
    assert "empty" in str(error)


@pytest.mark.parametrize("place", ["recipient", "sender"])
def test_twenty_addresses_can_be_asked_for_and_no_more(place: str) -> None:
    addresses = tuple(f"{number}@b" for number in range(21))
    found_good = bound(about(place, AnyOf(addresses[:20])))
    assert len(found_good.recipients or found_good.comparisons[0].values) == 20
    error = refusal(about(place, AnyOf(addresses)))
    assert error.path == (place, "in")
    assert str(error) == "At most 20 addresses can be asked for at once, not 21."


def test_an_address_that_is_listed_twice_is_asked_for_once() -> None:
    addresses = AnyOf(("Zoé@b", "ZOE@B", "max@b"))
    assert bound(ActivityFilter(recipient=addresses)).recipients == ("zoe@b", "max@b")
    (comparison,) = bound(ActivityFilter(exclude=Exclusion(recipient=addresses))).comparisons
    assert comparison.values == (recipient_equals("zoe@b"), recipient_equals("max@b"))


@pytest.mark.parametrize("place", ["recipient", "sender"])
@pytest.mark.parametrize("domain", ["@example.com", "zoe@example.com", "zoe\uff20example.com"])
def test_a_domain_has_no_at_sign(place: str, domain: str) -> None:
    error = refusal(about(place, Domain(domain)))
    assert error.path == (place, "domain")
    assert "what follows the @" in str(error)


def test_an_empty_list_of_statuses_is_refused() -> None:
    error = refusal(ActivityFilter(status=frozenset()))
    assert error.path == ("status",)
    assert "empty" in str(error)


def test_all_statuses_are_no_condition() -> None:
    assert bound(ActivityFilter(status=frozenset(Status))) == bound(ActivityFilter())


def test_some_statuses_are_bound_in_one_order_whatever_the_sets() -> None:
    asked = ActivityFilter(status=frozenset({Status.SOFT_BOUNCE, Status.HARD_BOUNCE, Status.DEFERRED}))
    assert bound(asked).statuses == (Status.DEFERRED, Status.HARD_BOUNCE, Status.SOFT_BOUNCE)


@pytest.mark.parametrize(
    ("given_", "stored"),
    [("<1@b>", "1@b"), ("1@b", "1@b"), ("<1@b", "<1@b"), ("1@b>", "1@b>"), ("<<1@b>>", "<1@b>")],
)
def test_a_message_id_may_have_its_angle_brackets(given_: str, stored: str) -> None:
    (comparison,) = bound(ActivityFilter(message_id=given_)).comparisons
    assert comparison.values == (stored,)


def test_angle_brackets_alone_are_a_blank_message_id() -> None:
    assert refusal(ActivityFilter(message_id="<>")).path == ("messageId",)


def test_a_period_that_is_refused_says_where_it_stands() -> None:
    assert refusal(ActivityFilter(period=LastDays(0))).path == ("period", "lastDays")


def test_the_period_is_a_range_of_ids() -> None:
    start, end = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC)
    assert bound(ActivityFilter(period=Instants(start, end))).ids == time_range(start, end)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, False),
        ({"status": frozenset({Status.DEFERRED})}, False),
        ({"period": LastDays(1)}, False),
        ({"message_id": "1@b"}, True),
        ({"queue_id": "4f"}, True),
        ({"recipient": Equals("a@b")}, False),
        ({"recipient": Equals("a@b"), "queue_id": "4f"}, True),
        ({"recipient": Contains("a@b")}, True),
        ({"sender": Equals("a@b")}, True),
        ({"sender": Domain("b")}, True),
        ({"subject": Contains("a")}, True),
        ({"search": "a", "queue_id": "4f"}, True),
    ],
)
def test_a_filter_by_period_status_and_whole_address_alone_needs_no_plan_of_its_own(
    asked: dict[str, Any], expected: bool
) -> None:
    assert bound(ActivityFilter(**asked)).needs_its_own_plan is expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"search": "a"}, {"subject": Equals("b")}),
        ({"recipient": Contains("a@b")}, {"sender": Equals("e@f")}),
        ({"recipient": AnyOf(("a@b", "c@d"))}, {"recipient": Equals("e@f")}),
        ({"status": frozenset({Status.DEFERRED})}, {"status": frozenset({Status.PENDING})}),
        ({"queue_id": "a"}, {"queue_id": "b", "period": LastDays(1)}),
    ],
)
def test_values_do_not_change_the_shape(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert bound(ActivityFilter(**one)).shape == bound(ActivityFilter(**other)).shape


def test_what_changes_the_sql_changes_the_shape() -> None:
    filters = [
        ActivityFilter(),
        ActivityFilter(status=frozenset({Status.DEFERRED})),
        ActivityFilter(status=frozenset({Status.DEFERRED, Status.PENDING})),
        ActivityFilter(search="a"),
        ActivityFilter(recipient=AnyOf(("a@b", "c@d"))),
        ActivityFilter(recipient=Equals("a@b"), sender=Equals("a@b")),
        ActivityFilter(message_id="1@b"),
        ActivityFilter(queue_id="4f"),
    ]
    assert len({bound(asked).shape for asked in filters}) == len(filters)


# The connection is made once for all examples, which only read constants through it.
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(st.sampled_from("ab@.%_\\ éß") | st.characters(exclude_categories=["Cs"]), max_size=10),
    st.text(st.sampled_from("ab@.%_\\ éß"), min_size=1, max_size=3),
    st.booleans(),
)
async def test_postgresql_reads_a_pattern_as_it_is_meant(
    connection: asyncpg.Connection, value: str, text: str, within: bool
) -> None:
    assume(not is_blank_after_fold(text))
    value = value + text + value if within else value
    column = search_text(recipient=value, delivered_to=None, sender=value, envelope_sender="", subject=value)
    patterns = [anywhere_contains(text), recipient_equals(text), sender_domain(text), subject_equals(text)]
    found = await connection.fetchval("select array(select $1::text like unnest($2::text[]))", column, patterns)
    domain = fold(value).rpartition("@")
    assert found[0] == (fold(text) in fold(value))
    assert found[1] == found[3] == (fold(text) == fold(value))
    assert "@" in fold(text) or found[2] == (domain[1:] == ("@", fold(text)))
