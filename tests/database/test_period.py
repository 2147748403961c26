"""Periods: the instants that each of the three ways covers, in every zone."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from database.errors import InvalidInput
from database.period import Days, Instants, LastDays, Period, id_range
from models.activity_id import EPOCH, first_id_at, sent_at

NOW = datetime(2026, 11, 23, 19, 0, tzinfo=UTC)
MONTREAL = ZoneInfo("America/Toronto")
ZONES = st.sampled_from(
    [
        "UTC",
        "America/Toronto",
        "America/Sao_Paulo",
        "America/Havana",
        "America/Nuuk",
        "Africa/Cairo",
        "Asia/Kolkata",
        "Asia/Kathmandu",
        "Asia/Beirut",
        "Australia/Lord_Howe",
        "Europe/Paris",
        "Pacific/Apia",
        "Pacific/Chatham",
        "Pacific/Kiritimati",
    ]
).map(ZoneInfo)
# Hypothesis takes naive bounds.
INSTANTS = st.datetimes(datetime(1971, 1, 1), datetime(2199, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
DAYS = st.dates(date(1990, 1, 1), date(2037, 12, 31))


def bounds(
    period: Period | None, *, now: datetime = NOW, zone: ZoneInfo = MONTREAL
) -> tuple[datetime, datetime | None]:
    """The range's two instants."""
    ids = id_range(period, now=now, time_zone=zone)
    return sent_at(ids.first), sent_at(ids.end) if ids.end else None


def holds(period: Period, second: datetime, *, now: datetime = NOW, zone: ZoneInfo = MONTREAL) -> bool:
    """Whether a row that was sent in this second is within."""
    ids = id_range(period, now=now, time_zone=zone)
    id_ = first_id_at(second)
    return ids.first <= id_ and (ids.end is None or id_ < ids.end)


def refusal(period: Period) -> InvalidInput:
    """What is said of a period that is refused."""
    with pytest.raises(InvalidInput) as caught:
        id_range(period, now=NOW, time_zone=MONTREAL)
    return caught.value


def test_the_last_days_are_so_many_times_24_hours_whatever_the_clocks_did() -> None:
    # On 1 November the clocks of Montréal went back an hour.
    assert bounds(LastDays(30)) == (datetime(2026, 10, 24, 19, 0, tzinfo=UTC), None)


def test_without_a_period_it_is_the_last_30_days() -> None:
    assert bounds(None) == bounds(LastDays(30))


@given(INSTANTS, st.integers(1, 400), st.integers(-2, 2))
def test_the_last_days_begin_at_the_first_second_that_is_no_older(now: datetime, days: int, seconds: int) -> None:
    start = now - timedelta(days=days)
    second = start.replace(microsecond=0) + timedelta(seconds=seconds)
    assert holds(LastDays(days), second, now=now) == (second >= start)


def test_a_row_of_this_second_and_one_of_a_relay_whose_clock_is_ahead_are_within_the_last_days() -> None:
    now = NOW + timedelta(milliseconds=300)
    assert holds(LastDays(1), NOW, now=now)
    assert holds(LastDays(1), NOW + timedelta(minutes=5), now=now)


@pytest.mark.parametrize("days", [1, 400])
def test_the_last_1_to_400_days_can_be_asked_for(days: int) -> None:
    assert bounds(LastDays(days))[0] == NOW - timedelta(days=days)


@pytest.mark.parametrize("days", [-1, 0, 401, 10**12])
def test_another_number_of_last_days_is_refused(days: int) -> None:
    error = refusal(LastDays(days))
    assert error.path == ("period", "lastDays")
    assert str(error) == f"lastDays must be from 1 to 400, not {days}."


@pytest.mark.parametrize(
    ("zone", "day", "start", "hours"),
    [
        ("America/Toronto", date(2026, 7, 1), "2026-07-01T04:00Z", 24),
        ("America/Toronto", date(2026, 3, 8), "2026-03-08T05:00Z", 23),
        ("America/Toronto", date(2026, 11, 1), "2026-11-01T04:00Z", 25),
        ("Asia/Kolkata", date(2026, 7, 1), "2026-06-30T18:30Z", 24),
        ("Asia/Kathmandu", date(2026, 7, 1), "2026-06-30T18:15Z", 24),
        ("Australia/Lord_Howe", date(2026, 4, 5), "2026-04-04T13:00Z", 24.5),
        # Midnight is skipped: the day begins at one.
        ("America/Sao_Paulo", date(2018, 11, 4), "2018-11-04T03:00Z", 23),
        ("Africa/Cairo", date(2026, 4, 24), "2026-04-23T22:00Z", 23),
        # The clocks go back at the day's end, so that its last hour comes twice.
        ("America/Sao_Paulo", date(2018, 2, 17), "2018-02-17T02:00Z", 25),
        ("Africa/Cairo", date(2026, 10, 29), "2026-10-28T21:00Z", 25),
        # Midnight comes twice: the day begins at the first one.
        ("America/Havana", date(2026, 11, 1), "2026-11-01T04:00Z", 25),
        # Samoa crossed the date line: this day did not happen.
        ("Pacific/Apia", date(2011, 12, 29), "2011-12-29T10:00Z", 24),
        ("Pacific/Apia", date(2011, 12, 30), "2011-12-30T10:00Z", 0),
        ("Pacific/Apia", date(2011, 12, 31), "2011-12-30T10:00Z", 24),
    ],
)
def test_a_day_is_as_long_as_it_was_in_its_zone(zone: str, day: date, start: str, hours: float) -> None:
    first = datetime.fromisoformat(start)
    assert bounds(Days(day, day), zone=ZoneInfo(zone)) == (first, first + timedelta(hours=hours))


@given(DAYS, DAYS, ZONES, INSTANTS)
def test_days_hold_just_the_seconds_whose_date_in_the_zone_is_one_of_them(
    one: date, other: date, zone: ZoneInfo, instant: datetime
) -> None:
    first, last = sorted((one, other))
    second = instant.replace(microsecond=0)
    assert holds(Days(first, last), second, zone=zone) == (first <= second.astimezone(zone).date() <= last)


@given(DAYS, ZONES, st.integers(-90_000, 90_000))
def test_a_day_holds_just_its_own_seconds_also_around_its_ends(day: date, zone: ZoneInfo, seconds: int) -> None:
    second = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(seconds=seconds)
    assert holds(Days(day, day), second, zone=zone) == (second.astimezone(zone).date() == day)


def test_days_in_the_wrong_order_are_refused() -> None:
    error = refusal(Days(date(2026, 11, 2), date(2026, 11, 1)))
    assert error.path == ("period", "days")
    assert str(error) == "from (2026-11-02) must not be after to (2026-11-01)."


@given(INSTANTS, INSTANTS, st.integers(-2, 2))
def test_instants_hold_the_seconds_from_the_first_on_and_before_the_second(
    one: datetime, other: datetime, seconds: int
) -> None:
    start, end = sorted((one, other))
    for bound in (start, end):
        second = bound.replace(microsecond=0) + timedelta(seconds=seconds)
        assert holds(Instants(start, end), second) == (start <= second < end)


def test_instants_may_have_any_offset() -> None:
    start, end = (
        datetime.fromisoformat("2026-11-01T01:30:00-04:00"),
        datetime.fromisoformat("2026-11-01T01:30:00-05:00"),
    )
    assert bounds(Instants(start, end)) == (
        datetime(2026, 11, 1, 5, 30, tzinfo=UTC),
        datetime(2026, 11, 1, 6, 30, tzinfo=UTC),
    )


def test_between_an_instant_and_itself_there_is_nothing() -> None:
    assert bounds(Instants(NOW, NOW)) == (NOW, NOW)


def test_instants_in_the_wrong_order_are_refused() -> None:
    error = refusal(Instants(NOW, NOW - timedelta(microseconds=1)))
    assert error.path == ("period", "instants")
    assert str(error) == "from (2026-11-23T19:00:00+00:00) must not be after to (2026-11-23T18:59:59.999999+00:00)."


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "America/Toronto", "Pacific/Kiritimati", "Etc/GMT+12"])
@pytest.mark.parametrize(("first", "last"), [(date.min, date.max), (date(1970, 1, 1), date(9999, 12, 31))])
def test_days_at_the_ends_of_the_calendar_cover_all_that_can_be_stored(zone: str, first: date, last: date) -> None:
    start, end = bounds(Days(first, last), zone=ZoneInfo(zone))
    assert start <= EPOCH + timedelta(hours=12)
    assert end is not None
    assert end >= datetime(9999, 12, 29, tzinfo=UTC)


@pytest.mark.parametrize("offset", ["+00:00", "+14:00", "-12:00"])
def test_instants_at_the_ends_of_the_calendar_cover_all_that_can_be_stored(offset: str) -> None:
    start = datetime.fromisoformat(f"0001-01-01T00:00:00{offset}")
    end = datetime.fromisoformat(f"9999-12-31T23:59:59.999999{offset}")
    first, last = bounds(Instants(start, end))
    assert first == EPOCH
    assert last is not None
    assert last >= datetime(9999, 12, 31, 9, 59, 59, tzinfo=UTC)


def test_days_before_there_were_ids_hold_nothing() -> None:
    assert bounds(Days(date(1950, 1, 1), date(1960, 1, 1)), zone=ZoneInfo("UTC")) == (EPOCH, EPOCH)


def test_the_path_begins_where_the_caller_says() -> None:
    with pytest.raises(InvalidInput) as caught:
        id_range(LastDays(0), now=NOW, time_zone=MONTREAL, path=("statusChanged",))
    assert caught.value.path == ("statusChanged", "lastDays")
