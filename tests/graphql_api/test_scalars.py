"""DateTime and Date: RFC 3339 and no more going in, exactly three fractional digits coming out."""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphql_api.scalars import parse_date, parse_instant, serialize_instant

OFFSETS = st.integers(-23 * 60 - 59, 23 * 60 + 59).map(lambda minutes: timezone(timedelta(minutes=minutes)))
INSTANTS = st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=OFFSETS)  # noqa: DTZ001 - bounds are naive


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-11-23T12:30:00-05:00", datetime(2026, 11, 23, 17, 30, tzinfo=UTC)),
        ("2026-11-23T12:30:00.000-05:00", datetime(2026, 11, 23, 17, 30, tzinfo=UTC)),
        ("2026-11-23T12:30:00Z", datetime(2026, 11, 23, 12, 30, tzinfo=UTC)),
        ("2026-11-23t12:30:00z", datetime(2026, 11, 23, 12, 30, tzinfo=UTC)),
        ("2026-11-23T12:30:00-00:00", datetime(2026, 11, 23, 12, 30, tzinfo=UTC)),
        ("2026-11-23T12:30:00.5+05:30", datetime(2026, 11, 23, 7, 0, 0, 500_000, tzinfo=UTC)),
        ("2026-11-23T12:30:00.123456789Z", datetime(2026, 11, 23, 12, 30, 0, 123_457, tzinfo=UTC)),
        ("2026-11-23T12:30:00.000000001Z", datetime(2026, 11, 23, 12, 30, 0, 1, tzinfo=UTC)),
        ("2024-02-29T00:00:00Z", datetime(2024, 2, 29, tzinfo=UTC)),
    ],
)
def test_an_instant_is_read(text: str, instant: datetime) -> None:
    assert parse_instant(text) == instant


@pytest.mark.parametrize("text", ["2026-11-23T12:30:00", "2026-11-23T12:30:00.000"])
def test_an_instant_without_an_offset_is_refused_and_told_so(text: str) -> None:
    with pytest.raises(ValueError, match="needs its offset"):
        parse_instant(text)


@pytest.mark.parametrize(
    "value",
    [
        "2026-11-23",
        "2026-11-23 12:30:00Z",
        "2026-11-23T12:30Z",
        "2026-11-23T12:30:00,5Z",
        "2026-11-23T12:30:00.Z",
        "2026-11-23T12:30:00.1234567890Z",
        "2026-11-23T12:30:00+5:00",
        "2026-11-23T12:30:00+0500",
        "2026-11-23T12:30:00+24:00",
        "2026-11-23T12:30:00+05:60",
        "2026-W48-1T12:30:00Z",
        "2026-327T12:30:00Z",
        "20261123T123000Z",
        "+2026-11-23T12:30:00Z",
        " 2026-11-23T12:30:00Z",
        "2026-11-23T12:30:00Z\n",
        "٢٠٢٦-11-23T12:30:00Z",
        "",
        1_795_437_000,
        True,
        None,
        {},
    ],
)
def test_what_rfc_3339_does_not_have_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="an instant"):
        parse_instant(value)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-23T24:00:00Z",
        "2026-12-31T23:59:60Z",
        "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
    ],
)
def test_an_instant_that_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no such instant"):
        parse_instant(text)


@given(INSTANTS)
def test_what_is_written_is_read_again_to_the_millisecond(instant: datetime) -> None:
    instant = instant.replace(microsecond=instant.microsecond // 1000 * 1000)
    assert parse_instant(serialize_instant(instant)) == instant


@given(INSTANTS)
def test_exactly_three_fractional_digits_are_written(instant: datetime) -> None:
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d", serialize_instant(instant))


def test_the_offset_is_the_zones_at_that_instant() -> None:
    toronto = ZoneInfo("America/Toronto")
    before, after = datetime(2026, 11, 1, 5, 30, tzinfo=UTC), datetime(2026, 11, 1, 6, 30, tzinfo=UTC)
    assert serialize_instant(before.astimezone(toronto)) == "2026-11-01T01:30:00.000-04:00"
    assert serialize_instant(after.astimezone(toronto)) == "2026-11-01T01:30:00.000-05:00"


@given(st.dates())
def test_a_day_is_read(day: date) -> None:
    assert parse_date(day.isoformat()) == day


@pytest.mark.parametrize(
    "value",
    ["2026-11-23T00:00:00Z", "20261123", "2026-W48-1", "26-11-23", "2026-11-2", "2026/11/23", "", 20_261_123, None],
)
def test_a_day_in_another_form_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="YYYY-MM-DD"):
        parse_date(value)


@pytest.mark.parametrize("text", ["2026-02-29", "2026-00-10", "0000-01-01", "2026-11-31"])
def test_a_day_that_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no such day"):
        parse_date(text)
