"""Filters on real rows: what is found is what plain Python finds in the same rows, and nobody else's."""

from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auth.viewer import ReadableAccount
from database.cursor import Direction
from database.filters import ActivityFilter, AnyOf, Contains, Domain, Equals, Exclusion
from database.page import PageRequest
from database.period import Days, Instants, LastDays
from database.pool import Pools
from models.reason import ReasonCategory
from models.status import Status
from tests.conftest import NOW
from tests.database.activities import (
    ACCOUNT,
    EVER,
    NEIGHBOUR,
    REASONS,
    RECIPIENTS,
    ROWS,
    activity,
    ids_of,
    listed,
    page_of,
    record,
)

# What is looked for: whole values, pieces of them, and what must not be taken for wildcards.
TEXTS = st.sampled_from(
    [
        *RECIPIENTS,
        "northwind",
        "reservation",
        "Hotel.example",
        "mx1.test",
        "b",
        "%",
        "_",
        "\\",
        "50%",
        "e_c",
        "zoe",
        " ",
        "東京",
    ]
).filter(str.strip)
DOMAINS = TEXTS.filter(lambda text: "@" not in text)


@pytest.fixture
async def filled(pools: Pools, connection: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch) -> Pools:
    """The pools of a database that holds ROWS, of which some are near and others are not."""
    monkeypatch.setattr("database.page.NEAR_ROWS", 20)
    await record(connection, ROWS)
    return pools


given_periods = st.one_of(
    st.builds(LastDays, st.integers(1, 70)),
    st.builds(lambda days: Days(*sorted(days)), st.tuples(*[st.dates(NOW.date() - timedelta(70), NOW.date())] * 2)),
    st.just(EVER),
)
periods = st.none() | given_periods
address_conditions = st.one_of(
    st.builds(Equals, TEXTS),
    st.builds(AnyOf, st.lists(TEXTS, min_size=1, max_size=4).map(tuple)),
    st.builds(Contains, TEXTS),
    st.builds(Domain, DOMAINS),
)
reason_categories = st.frozensets(st.sampled_from([*REASONS, ReasonCategory.CANCELLED]), min_size=1)
credentials = st.lists(st.sampled_from(["Shop", "shop", "50%", "SHOP"]), min_size=1, max_size=3).map(tuple)
subject_conditions = st.builds(Equals, TEXTS) | st.builds(Contains, TEXTS)
statuses = st.frozensets(st.sampled_from(Status), min_size=1)
# Whole days and instants with a fraction: changes of a status are exact to the microsecond.
change_times = st.builds(
    lambda row, microseconds: row.status_changed_at + timedelta(microseconds=microseconds),
    st.sampled_from(ROWS[::20]),
    st.sampled_from([0, 1]),
)
changes = given_periods | st.builds(lambda instants: Instants(*sorted(instants)), st.tuples(change_times, change_times))
# Of one's own, of somebody else, of nobody.
that_activity = st.sampled_from([UUID(int=0), UUID(int=2**128 - 1), *(row.id for row in ROWS[::4])])
exclusions = st.builds(
    Exclusion,
    status=st.none() | statuses,
    recipient=st.none() | address_conditions,
    sender=st.none() | address_conditions,
    subject=st.none() | subject_conditions,
    reason_category=st.none() | reason_categories,
)
one_exclusion = st.one_of(
    st.builds(Exclusion, status=statuses),
    st.builds(Exclusion, recipient=address_conditions),
    st.builds(Exclusion, sender=address_conditions),
    st.builds(Exclusion, subject=subject_conditions),
    st.builds(Exclusion, reason_category=reason_categories),
)
filters = st.builds(
    ActivityFilter,
    period=st.just(EVER) | periods,
    status_changed=st.none() | changes,
    reason_category=st.none() | reason_categories,
    credential=st.none() | credentials,
    same_message_as=st.none() | that_activity,
    exclude=st.just(Exclusion()) | exclusions,
    status=st.none() | st.frozensets(st.sampled_from(Status), min_size=1),
    recipient=st.none() | address_conditions,
    sender=st.none() | address_conditions,
    subject=st.none() | st.builds(Equals, TEXTS) | st.builds(Contains, TEXTS),
    search=st.none() | TEXTS,
    message_id=st.none() | st.sampled_from(["1@a", "<2@a>", "3@a"]),
    queue_id=st.none() | st.sampled_from(["4fA", "4fb"]),
)
one_condition = st.one_of(
    st.builds(ActivityFilter, status_changed=changes, period=st.just(EVER)),
    st.builds(ActivityFilter, reason_category=reason_categories, period=st.just(EVER)),
    st.builds(ActivityFilter, credential=credentials, period=st.just(EVER)),
    st.builds(ActivityFilter, same_message_as=that_activity, period=periods),
    st.builds(ActivityFilter, exclude=one_exclusion, period=st.just(EVER)),
    st.builds(ActivityFilter, period=periods),
    st.builds(ActivityFilter, status=st.frozensets(st.sampled_from(Status), min_size=1), period=st.just(EVER)),
    st.builds(ActivityFilter, recipient=address_conditions, period=st.just(EVER)),
    st.builds(ActivityFilter, sender=address_conditions, period=st.just(EVER)),
    st.builds(ActivityFilter, subject=st.builds(Equals, TEXTS) | st.builds(Contains, TEXTS), period=st.just(EVER)),
    st.builds(ActivityFilter, search=TEXTS, period=st.just(EVER)),
    st.builds(ActivityFilter, message_id=st.sampled_from(["1@a", "<2@a>", "3@a"]), period=st.just(EVER)),
    st.builds(ActivityFilter, queue_id=st.sampled_from(["4fA", "4fb"]), period=st.just(EVER)),
)


# The rows are written once for all examples, which only read.
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(one_condition | filters, st.sampled_from(Direction), st.sampled_from([ACCOUNT, NEIGHBOUR]))
async def test_a_filter_lists_the_accounts_rows_that_fulfil_it_and_no_others(
    filled: Pools, asked: ActivityFilter, direction: Direction, account: ReadableAccount
) -> None:
    page = await page_of(filled, PageRequest(frozenset({"id"}), direction, first=100), asked, account)
    assert ids_of(page) == listed(ROWS, asked, direction, account)


@pytest.mark.parametrize("direction", Direction)
async def test_search_finds_a_word_without_its_accents_and_wildcards_only_as_themselves(
    filled: Pools, direction: Direction
) -> None:
    async def subjects(text: str) -> set[str]:
        request = PageRequest(frozenset({"subject"}), direction, first=100)
        page = await page_of(filled, request, ActivityFilter(period=EVER, subject=Contains(text)))
        return {row["subject"] for row in page.rows}

    assert await subjects("reservation") == {"Réservation confirmée", "RESERVATION"}
    assert await subjects("%") == {"50% off"}
    assert await subjects("e_c") == {"snake_case"}


ID_ONLY = PageRequest(frozenset({"id"}), first=100)


async def test_what_has_no_reason_or_no_subject_is_not_excluded_by_one(
    pools: Pools, connection: asyncpg.Connection
) -> None:
    bare = activity(NOW, key="bare", status=Status.DELIVERED, subject=None)
    told = activity(
        NOW, key="told", status=Status.HARD_BOUNCE, subject="Order", reason_category=ReasonCategory.INVALID_ADDRESS
    )
    await record(connection, [bare, told])
    for exclude in (
        Exclusion(subject=Contains("order")),
        Exclusion(reason_category=frozenset({ReasonCategory.INVALID_ADDRESS})),
    ):
        assert ids_of(await page_of(pools, ID_ONLY, ActivityFilter(exclude=exclude))) == [bare.id]


async def test_a_reason_that_nobody_gave_is_found_as_the_category_that_is_shown(
    pools: Pools, connection: asyncpg.Connection
) -> None:
    untold = activity(NOW, key="untold", status=Status.SOFT_BOUNCE)
    await record(connection, [untold, activity(NOW, key="delivered")])
    other = frozenset({ReasonCategory.OTHER})
    assert ids_of(await page_of(pools, ID_ONLY, ActivityFilter(reason_category=other))) == [untold.id]
    excluded = await page_of(pools, ID_ONLY, ActivityFilter(exclude=Exclusion(reason_category=other)))
    assert untold.id not in ids_of(excluded)
    assert len(excluded.rows) == 1


async def test_messages_that_share_a_range_of_ids_are_told_apart(pools: Pools, connection: asyncpg.Connection) -> None:
    long_ago = NOW - timedelta(days=50)
    one, two = (activity(long_ago, key="one", recipient=f"{name}@ok.test") for name in ("ana", "ben"))
    stranger = one._replace(id=UUID(int=one.id.int ^ 1), message_key="two")
    neighbours = one._replace(account_id=NEIGHBOUR)
    await record(connection, [one, two, stranger, neighbours])
    found = await page_of(pools, ID_ONLY, ActivityFilter(same_message_as=one.id))
    assert set(ids_of(found)) == {one.id, two.id}
    # The neighbour has an activity of this id; of `two` it has none.
    found = await page_of(pools, ID_ONLY, ActivityFilter(same_message_as=two.id), NEIGHBOUR)
    assert ids_of(found) == []


async def test_an_exclusion_of_all_statuses_leaves_nothing(filled: Pools) -> None:
    asked = ActivityFilter(period=EVER, exclude=Exclusion(status=frozenset(Status)))
    assert ids_of(await page_of(filled, ID_ONLY, asked)) == []
