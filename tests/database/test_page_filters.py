"""Filters on real rows: what is found is what plain Python finds in the same rows, and nobody else's."""

from datetime import timedelta

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auth.viewer import ReadableAccount
from database.cursor import Direction
from database.filters import ActivityFilter, AnyOf, Contains, Domain, Equals
from database.page import PageRequest
from database.period import Days, LastDays
from database.pool import Pools
from models.status import Status
from tests.conftest import NOW
from tests.database.activities import ACCOUNT, EVER, NEIGHBOUR, RECIPIENTS, ROWS, ids_of, listed, page_of, record

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
async def filled(pools: Pools, connection: asyncpg.Connection) -> Pools:
    """The pools of a database that holds ROWS."""
    await record(connection, ROWS)
    return pools


periods = st.one_of(
    st.none(),
    st.builds(LastDays, st.integers(1, 70)),
    st.builds(lambda days: Days(*sorted(days)), st.tuples(*[st.dates(NOW.date() - timedelta(70), NOW.date())] * 2)),
    st.just(EVER),
)
address_conditions = st.one_of(
    st.builds(Equals, TEXTS),
    st.builds(AnyOf, st.lists(TEXTS, min_size=1, max_size=4).map(tuple)),
    st.builds(Contains, TEXTS),
    st.builds(Domain, DOMAINS),
)
filters = st.builds(
    ActivityFilter,
    period=st.just(EVER) | periods,
    status=st.none() | st.frozensets(st.sampled_from(Status), min_size=1),
    recipient=st.none() | address_conditions,
    sender=st.none() | address_conditions,
    subject=st.none() | st.builds(Equals, TEXTS) | st.builds(Contains, TEXTS),
    search=st.none() | TEXTS,
    message_id=st.none() | st.sampled_from(["1@a", "<2@a>", "3@a"]),
    queue_id=st.none() | st.sampled_from(["4fA", "4fb"]),
)
one_condition = st.one_of(
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
