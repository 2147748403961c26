"""A reader that is made anew from what another one held goes on as if there had been one."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import UndatedLog
from ingest.follow import ResumableAdapter
from ingest.postfix_follower import PostfixFollower
from models.event import DeliveryEvent
from tests.ingest.postfix_lines import ARRIVAL, LONG_ID, line
from tests.ingest.test_recorded_logs import QUEUED

LINES = QUEUED.read_bytes().splitlines(keepends=True)
ADDRESSED = "to=<ana@ok.test>, relay=none, delay=1, dsn=4.4.1, status=deferred (no answer)"


def events(follower: ResumableAdapter, lines: list[bytes]) -> list[DeliveryEvent]:
    follower.look_ahead(lines)
    return [event for line in lines for event in follower.parse(line)]


def is_dated(cut: int) -> bool:
    """Whether so many first lines can be read by themselves: they tell their year and zone, or nothing that has one."""
    try:
        events(PostfixFollower(), LINES[:cut])
    except UndatedLog:
        return False
    return True


CUTS = [cut for cut in range(len(LINES) + 1) if cut > len(LINES) // 10 or is_dated(cut)]


@given(st.lists(st.sampled_from(CUTS), max_size=5).map(sorted))
def test_it_does_not_matter_where_it_is_made_anew(cuts: list[int]) -> None:
    whole = PostfixFollower()
    expected = events(whole, LINES)
    came: list[DeliveryEvent] = []
    state = None
    for start, end in zip([0, *cuts], [*cuts, len(LINES)], strict=True):
        follower = PostfixFollower(state)
        came += events(follower, LINES[start:end])
        state = follower.state()
    assert came == expected
    assert state == whole.state()


def test_a_turn_of_the_year_is_not_missed_between_two() -> None:
    december = line(f"7D06A2CC4D: {ADDRESSED}").replace(b"Nov 23", b"Dec 31")
    january = december.replace(b"Dec 31", b"Jan  1")
    first = PostfixFollower(None, year=2026, time_zone=ZoneInfo("Europe/Paris"))
    assert [event.occurred_at for event in events(first, [december])] == [datetime(2026, 12, 31, 17, 46, tzinfo=UTC)]
    # The option still says the year of the first line of all.
    second = PostfixFollower(first.state(), year=2026, time_zone=ZoneInfo("Europe/Paris"))
    assert [event.occurred_at for event in events(second, [january])] == [datetime(2027, 1, 1, 17, 46, tzinfo=UTC)]


def test_the_clock_is_learned_when_a_line_tells_it() -> None:
    untold = line("connect from localhost[127.0.0.1]", "postfix/smtpd")
    delivery = line(f"{LONG_ID}: {ADDRESSED}")
    telling = line(f"{LONG_ID}: client=localhost[127.0.0.1]", "postfix/smtpd").replace(b"18:46:00", b"18:45:19")
    follower = PostfixFollower()
    assert events(follower, [untold]) == []
    with pytest.raises(UndatedLog):
        events(follower, [delivery])
    later = PostfixFollower(follower.state())
    [arrived] = events(later, [telling])
    assert arrived.occurred_at == ARRIVAL
    # What was learned is held; a zone that is given wins.
    [told] = events(PostfixFollower(later.state()), [delivery])
    assert told.occurred_at == datetime(2026, 11, 23, 18, 46, tzinfo=UTC)
    [given] = events(PostfixFollower(later.state(), time_zone=ZoneInfo("Asia/Tokyo")), [delivery])
    assert given.occurred_at == datetime(2026, 11, 23, 9, 46, tzinfo=UTC)


@pytest.mark.parametrize(("before", "after"), [("13:45:19", "14:45:20"), ("13:45:19", "12:45:20")])
def test_a_learned_zone_follows_summer_time(before: str, after: str) -> None:
    """The clock is set forward or back between two messages that arrive in the same second."""

    def arrival(time: str, queue_id: str) -> bytes:
        text = f"{queue_id}: client=localhost[127.0.0.1]"
        return line(text, "postfix/smtpd").replace(b"18:46:00", time.encode())

    lines = [arrival(before, LONG_ID), arrival(after, LONG_ID.replace("Bh", "Bj"))]
    follower = PostfixFollower()
    assert [event.occurred_at for event in events(follower, lines)] == [ARRIVAL, ARRIVAL + timedelta(seconds=1)]
    # Held, and so the next one goes on with it.
    [delivered] = events(
        PostfixFollower(follower.state()), [line(f"{LONG_ID}: {ADDRESSED}").replace(b"18:46:00", after.encode())]
    )
    assert delivered.occurred_at == ARRIVAL + timedelta(seconds=1)
    # A zone that is given knows by itself.
    given = PostfixFollower(time_zone=timezone(timedelta(hours=-5)))
    assert [event.occurred_at for event in events(given, lines)][1] != ARRIVAL + timedelta(seconds=1)
