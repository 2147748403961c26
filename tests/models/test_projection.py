"""Which events decide: the rules of the design, one by one, and that no order or repetition of reading matters."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.projection import (
    EXPIRED_UNTRIED,
    MessageTimes,
    RecipientEvent,
    project,
    project_straight,
    project_weighed,
)
from models.status import Status

START = datetime(2026, 11, 23, 18, 45, 19, tzinfo=UTC)
ACCEPTED = RecipientEvent(START, Status.ACCEPTED)


def after(seconds: int) -> datetime:
    return START + timedelta(seconds=seconds)


def deferred(seconds: int, response: str = "451 4.3.2 Please try again later") -> RecipientEvent:
    return RecipientEvent(after(seconds), Status.DEFERRED, "mx[192.0.2.1]:25", response, 451, "4.3.2", attempted=True)


def delivered(seconds: int) -> RecipientEvent:
    return RecipientEvent(after(seconds), Status.DELIVERED, "mx[192.0.2.1]:25", "250 Ok", 250, "2.0.0", attempted=True)


def bounced(seconds: int, **more: bool) -> RecipientEvent:
    return RecipientEvent(after(seconds), Status.HARD_BOUNCE, None, "550 5.1.1 unknown", 550, "5.1.1", **more)


def test_a_recipient_that_was_only_taken_is_accepted() -> None:
    projection = project(MessageTimes(START), [ACCEPTED])
    assert (projection.status, projection.status_changed_at, projection.reason) == (Status.ACCEPTED, START, None)


def test_a_message_in_the_queue_makes_its_recipients_pending() -> None:
    projection = project(MessageTimes(START, queued_at=after(1)), [ACCEPTED])
    assert (projection.status, projection.status_changed_at) == (Status.PENDING, after(1))
    assert [event.status for event in projection.events] == [Status.ACCEPTED, Status.PENDING]


def test_an_outcome_beats_progress_that_is_logged_later() -> None:
    projection = project(MessageTimes(START, queued_at=after(60)), [delivered(2)])
    assert (projection.status, projection.status_changed_at) == (Status.DELIVERED, after(2))


def test_the_latest_outcome_wins_and_both_stay_in_the_history() -> None:
    projection = project(MessageTimes(START), [bounced(9), delivered(5)])
    assert projection.status is Status.HARD_BOUNCE
    assert [event.status for event in projection.events] == [Status.ACCEPTED, Status.DELIVERED, Status.HARD_BOUNCE]


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        (Status.DEFERRED, Status.DELIVERED),
        (Status.DELIVERED, Status.SOFT_BOUNCE),
        (Status.SOFT_BOUNCE, Status.HARD_BOUNCE),
        (Status.HARD_BOUNCE, Status.REJECTED),
    ],
)
def test_within_one_second_the_rank_decides(earlier: Status, later: Status) -> None:
    events = [RecipientEvent(after(3), status, None, "250 or 550") for status in (later, earlier)]
    assert project(MessageTimes(START), events).status is later


def test_a_status_was_reached_by_the_first_event_of_its_last_run() -> None:
    projection = project(MessageTimes(START), [deferred(1), delivered(2), deferred(3), deferred(7, "452 full")])
    assert (projection.status, projection.status_changed_at) == (Status.DEFERRED, after(3))
    assert projection.reason == deferred(7, "452 full")


def test_expiry_bounces_a_deferred_recipient_with_its_last_deferrals_reason() -> None:
    projection = project(MessageTimes(START, expired_at=after(40)), [deferred(1), deferred(20, "452 4.2.2 full")])
    assert (projection.status, projection.status_changed_at) == (Status.SOFT_BOUNCE, after(40))
    assert projection.reason is not None
    assert (projection.reason.response, projection.reason.smtp_code) == ("452 4.2.2 full", 451)
    assert projection.attempt_count == 2


def test_expiry_bounces_a_recipient_that_was_never_tried() -> None:
    projection = project(MessageTimes(START, queued_at=START, expired_at=after(40)), [ACCEPTED])
    assert projection.status is Status.SOFT_BOUNCE
    assert projection.reason is not None
    assert projection.reason.response == EXPIRED_UNTRIED


@pytest.mark.parametrize("outcome", [delivered(5), bounced(5)])
def test_expiry_leaves_delivered_and_bounced_recipients(outcome: RecipientEvent) -> None:
    projection = project(MessageTimes(START, expired_at=after(40)), [deferred(1), outcome])
    assert projection.status is outcome.status


def test_a_deferral_read_after_the_expiry_counts_as_before_it() -> None:
    projection = project(MessageTimes(START, expired_at=after(40)), [deferred(1), deferred(41, "452 late line")])
    assert (projection.status, projection.status_changed_at) == (Status.SOFT_BOUNCE, after(40))
    assert projection.reason is not None
    assert projection.reason.response == "452 late line"


def test_an_expiry_that_becomes_known_later_replaces_nothing_but_its_own_bounce() -> None:
    expired = MessageTimes(START, expired_at=after(40))
    first = project(expired, [deferred(1)])
    again = project(expired, [*first.events, deferred(30, "452 4.2.2 full")])
    assert [event.status for event in again.events].count(Status.SOFT_BOUNCE) == 1
    assert again == project(expired, [deferred(1), deferred(30, "452 4.2.2 full")])


def test_a_refused_recipient_was_never_queued() -> None:
    rejected = RecipientEvent(after(1), Status.REJECTED, None, "550 5.1.3 bad", 550, "5.1.3")
    projection = project(MessageTimes(START, queued_at=after(2)), [rejected])
    assert projection.events == (rejected,)
    assert projection.status is Status.REJECTED


def test_a_recipient_taken_first_and_refused_then_was_not_queued() -> None:
    rejected = RecipientEvent(after(1), Status.REJECTED, None, "550 5.1.3 bad", 550, "5.1.3")
    projection = project(MessageTimes(START, queued_at=after(2)), [ACCEPTED, rejected])
    assert [event.status for event in projection.events] == [Status.ACCEPTED, Status.REJECTED]


def test_a_message_refused_at_its_end_rejects_the_recipients_it_was_taken_for() -> None:
    refusal = RecipientEvent(after(3), Status.REJECTED, None, "550 5.7.1 spam", 550, "5.7.1")
    projection = project(MessageTimes(START, refusal=refusal), [ACCEPTED])
    assert (projection.status, projection.reason) == (Status.REJECTED, refusal)


def test_an_untied_bounce_message_is_shown_and_does_not_hide_a_delivery() -> None:
    report = bounced(500, out_of_band=True, tied=False)
    projection = project(MessageTimes(START), [delivered(2), report])
    assert projection.status is Status.DELIVERED
    assert report in projection.events


def test_a_tied_bounce_message_turns_a_delivery_into_a_bounce() -> None:
    projection = project(MessageTimes(START), [delivered(2), bounced(500, out_of_band=True)])
    assert projection.status is Status.HARD_BOUNCE


def test_only_events_that_tried_the_server_count_as_attempts() -> None:
    suspended = deferred(9, "delivery temporarily suspended")._replace(attempted=False)
    assert project(MessageTimes(START), [deferred(1), deferred(1), suspended, delivered(20)]).attempt_count == 2


responses = st.sampled_from(["250 Ok", "451 later", "452 full", None])
# What adapters report: queueing is the message's, and only a bounce message can be tied to nothing.
events = st.builds(
    RecipientEvent,
    occurred_at=st.integers(0, 8).map(after),
    status=st.sampled_from([status for status in Status if status is not Status.PENDING]),
    response=responses,
    attempted=st.booleans(),
    out_of_band=st.just(False),
    tied=st.just(True),
) | st.builds(
    RecipientEvent,
    occurred_at=st.integers(0, 8).map(after),
    status=st.sampled_from([Status.SOFT_BOUNCE, Status.HARD_BOUNCE]),
    response=responses,
    out_of_band=st.just(True),
    tied=st.booleans(),
)
instants = st.none() | st.integers(0, 8).map(after)
messages = st.builds(
    MessageTimes,
    arrived_at=st.just(START),
    queued_at=instants,
    expired_at=instants,
    refusal=st.none() | st.just(RecipientEvent(after(4), Status.REJECTED, None, "550 no")),
)


@given(messages, st.lists(events, min_size=1, unique_by=lambda event: event.key), st.randoms())
def test_neither_order_nor_repetition_matters(
    times: MessageTimes, reported: list[RecipientEvent], random: Random
) -> None:
    again = [*reported, *reported]
    random.shuffle(again)
    assert project(times, again) == project(times, reported)


@given(messages, st.lists(events, min_size=1, unique_by=lambda event: event.key), st.integers(0, 8))
def test_projecting_in_two_batches_comes_to_the_same(
    times: MessageTimes, reported: list[RecipientEvent], cut: int
) -> None:
    first = project(times, reported[:cut]).events if reported[:cut] else ()
    assert project(times, [*first, *reported[cut:]]) == project(times, reported)


@given(messages, st.lists(events, min_size=1))
def test_a_reason_is_there_exactly_for_the_statuses_that_carry_one(
    times: MessageTimes, reported: list[RecipientEvent]
) -> None:
    projection = project(times, reported)
    assert (projection.reason is not None) is projection.status.carries_reason


@given(messages, st.lists(events, min_size=1))
def test_a_straight_way_comes_to_what_weighing_comes_to(times: MessageTimes, reported: list[RecipientEvent]) -> None:
    straight = project_straight(times, reported)
    assert straight is None or straight == project_weighed(times, reported)


def test_the_usual_ways_are_straight() -> None:
    times = MessageTimes(START, queued_at=after(1))
    for reported in ([ACCEPTED], [ACCEPTED, delivered(2)], [deferred(1), deferred(300), delivered(600)], [bounced(3)]):
        assert project_straight(times, reported) == project_weighed(times, reported)


@given(
    st.builds(MessageTimes, arrived_at=st.just(START), queued_at=instants),
    st.lists(events.filter(lambda event: event.tied and not event.out_of_band), min_size=1, max_size=4).map(
        lambda reported: sorted(reported, key=lambda event: event.occurred_at)
    ),
)
def test_a_straight_way_that_was_read_in_its_order_does_too(
    times: MessageTimes, reported: list[RecipientEvent]
) -> None:
    straight = project_straight(times, reported)
    assert straight is None or straight == project_weighed(times, reported)
