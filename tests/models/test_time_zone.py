"""Time zones: which names are known, and which are offered instead of one that is not."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.time_zone import UnknownTimeZone, known_zones, nearest_zones, time_zone


@pytest.mark.parametrize(
    "name", ["America/Toronto", "Europe/Paris", "Asia/Kolkata", "UTC", "Asia/Calcutta", "Etc/GMT+5"]
)
def test_a_known_zone_is_taken(name: str) -> None:
    assert time_zone(name) == ZoneInfo(name)


def test_every_known_zone_can_be_loaded() -> None:
    assert len(known_zones()) > 500
    assert {time_zone(name).key for name in known_zones()} == known_zones()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("America/Torono", "“America/Torono” is no IANA time zone; the nearest are America/Toronto, America/Tortola, "),
        ("america/toronto", "“america/toronto” is no IANA time zone; the nearest are America/Toronto, "),
        ("Europe/Pariss", "“Europe/Pariss” is no IANA time zone; the nearest are Europe/Paris, "),
        ("Toronto", "“Toronto” is no IANA time zone; the nearest are America/Toronto, "),
        ("New York", "“New York” is no IANA time zone; the nearest are America/New_York"),
        ("Kolkatta", "“Kolkatta” is no IANA time zone; the nearest are Asia/Kolkata"),
        ("xyz", "“xyz” is no IANA time zone, such as America/Toronto"),
        ("", "“” is no IANA time zone, such as America/Toronto"),
        ("../../etc/passwd", "“../../etc/passwd” is no IANA time zone"),
        ("/etc/localtime", "“/etc/localtime” is no IANA time zone"),
        ("localtime", "“localtime” is no IANA time zone"),
        ("Factory", "“Factory” is no IANA time zone"),
        ("x" * 300, f"“{'x' * 64}” is no IANA time zone, such as America/Toronto"),
    ],
)
def test_an_unknown_zone_is_refused_with_the_nearest(name: str, message: str) -> None:
    with pytest.raises(UnknownTimeZone) as refusal:
        time_zone(name)
    assert str(refusal.value).startswith(message)


@given(st.sampled_from(sorted(known_zones())), st.data())
def test_one_letter_left_out_is_found_again(zone: str, data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(zone) - 1))
    misspelt = zone[:position] + zone[position + 1 :]
    if len(zone) > 8 and misspelt not in known_zones():
        assert nearest_zones(misspelt)


@given(st.text(max_size=80))
def test_what_is_offered_is_known_and_at_most_three(name: str) -> None:
    nearest = nearest_zones(name)
    assert len(nearest) <= 3
    assert set(nearest) <= known_zones()
    assert len(set(nearest)) == len(nearest)
