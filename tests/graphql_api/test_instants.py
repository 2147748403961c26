"""Instants as the API writes them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from database.sent import SENT_EPOCH
from graphql_api.instants import Instants, instants_in

_ZONES = st.sampled_from(sorted(available_timezones())).map(ZoneInfo)
# hypothesis takes naive bounds.
_FIRST, _LAST = datetime(1900, 1, 2), datetime(9999, 12, 30)  # noqa: DTZ001
_INSTANTS = st.datetimes(_FIRST, _LAST, timezones=st.just(UTC))


def as_sent(instants: list[datetime]) -> list[bytes]:
    """As PostgreSQL sends them."""
    return [((each - SENT_EPOCH) // timedelta(microseconds=1)).to_bytes(8, signed=True) for each in instants]


@given(_ZONES, st.lists(_INSTANTS))
def test_they_are_written_as_isoformat_would(zone: ZoneInfo, instants: list[datetime]) -> None:
    written = instants_in(zone).texts(as_sent(instants))
    assert written == [each.astimezone(zone).isoformat(timespec="milliseconds") for each in instants]


@given(_INSTANTS, _ZONES)
def test_the_seconds_of_one_minute_are_told_apart(instant: datetime, zone: ZoneInfo) -> None:
    instants = Instants(zone)
    minute = [instant.replace(second=second) for second in range(60)]
    assert instants.texts(as_sent(minute)) == [
        each.astimezone(zone).isoformat(timespec="milliseconds") for each in minute
    ]


@pytest.mark.parametrize(
    "around",
    [
        # Monrovia's offset had seconds, until the half of a minute in which it changed.
        ("Africa/Monrovia", datetime(1972, 1, 7, 0, 44, tzinfo=UTC)),
        ("America/Toronto", datetime(2026, 11, 1, 5, 59, tzinfo=UTC)),
    ],
    ids=["an offset with seconds", "clocks that are set back"],
)
def test_a_change_of_the_clock_is_kept(around: tuple[str, datetime]) -> None:
    zone, instant = ZoneInfo(around[0]), around[1]
    times = [instant.replace(minute=minute, second=second) for minute in range(40, 60) for second in (0, 29, 30, 59)]
    instants = Instants(zone)
    assert instants.texts(as_sent(times)) == [
        each.astimezone(zone).isoformat(timespec="milliseconds") for each in times
    ]


def test_what_is_remembered_is_bounded() -> None:
    instants = Instants(ZoneInfo("UTC"))
    for quarter in range(11_000):
        instants.texts(as_sent([datetime.fromtimestamp(quarter * 900, UTC)]))
    assert len(instants._quarters) < 11_000
