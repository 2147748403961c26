"""What may stand in an account's fields."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.account_fields import FOREVER, domain_name, mail_address, plain_text, plan_end, retention_days

TORONTO = ZoneInfo("America/Toronto")


@pytest.mark.parametrize("text", ["northwind", "Café Zoë 東京", "a b", "o'hara+1@relay1.example.net", "x" * 255])
def test_a_text_is_kept_as_it_is(text: str) -> None:
    assert plain_text(text) == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "must not be blank"),
        (" \t", "must not be blank"),
        (" a", "“a” has spaces around it"),
        ("a\n", "“a” has spaces around it"),
        ("x" * 256, "must not be longer than 255 characters"),
        ("a\tb", "must not hold control characters"),
        ("a\x00b", "must not hold control characters"),
        ("a\ud800b", "must not hold control characters"),
        ("a\u202eb", "must not hold control characters"),
    ],
)
def test_a_text_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        plain_text(text)


@pytest.mark.parametrize(
    ("given_domain", "kept"),
    [
        ("northwind.example", "northwind.example"),
        ("Mail.NORTHWIND.Example", "mail.northwind.example"),
        ("localhost", "localhost"),
        ("Bücher.example", "bücher.example"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
    ],
)
def test_a_domain_is_kept_in_lower_case(given_domain: str, kept: str) -> None:
    assert domain_name(given_domain) == kept


@pytest.mark.parametrize("text", ["a@b.example", "a b.example", ".example", "a..example", "example.", "@"])
def test_what_is_no_domain_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no domain, such as northwind\.example"):
        domain_name(text)


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("forever", FOREVER),
        ("2027-01-01T00:00:00-05:00", datetime(2027, 1, 1, 5, tzinfo=UTC)),
        ("2027-01-01T00:00:00Z", datetime(2027, 1, 1, tzinfo=UTC)),
        ("1970-01-01T00:00:00+14:00", datetime(1969, 12, 31, 10, tzinfo=UTC)),
        ("9998-12-31T23:59:59-12:00", datetime(9999, 1, 1, 11, 59, 59, tzinfo=UTC)),
    ],
)
def test_a_plan_ends_at_an_instant_or_never(text: str, end: datetime) -> None:
    assert plan_end(text) == end


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("2027-01-01", datetime(2027, 1, 1, 5, tzinfo=UTC)),
        ("2027-07-01", datetime(2027, 7, 1, 4, tzinfo=UTC)),
        ("2027-07-01T00:00:00Z", datetime(2027, 7, 1, tzinfo=UTC)),
    ],
)
def test_where_a_zone_is_known_a_day_begins_there(text: str, end: datetime) -> None:
    assert plan_end(text, day_in=TORONTO) == end


@pytest.mark.parametrize(
    ("text", "zone", "message"),
    [
        ("2027-01-01", None, "“2027-01-01” has no UTC offset: write 2027-01-01T00:00:00-05:00, or “forever”"),
        ("2027-01-01T00:00:00", None, "has no UTC offset"),
        ("2027-01-01T00:00:00", TORONTO, "has no UTC offset"),
        ("never", None, "“never” is no time"),
        ("", None, "“” is no time"),
        ("2027-02-30", TORONTO, "“2027-02-30” is no time"),
        ("infinity", TORONTO, "“infinity” is no time"),
        ("1969-12-31T23:59:59Z", None, "is not in the years 1970 to 9998"),
        ("9999-12-31", TORONTO, "is not in the years 1970 to 9998"),
        ("0001-01-01T00:00:00+14:00", None, "is not in the years 1970 to 9998"),
    ],
)
def test_a_plans_end_is_refused(text: str, zone: ZoneInfo | None, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        plan_end(text, day_in=zone)


@given(st.datetimes(timezones=st.timezones()))
def test_every_end_that_is_taken_can_be_shown_in_every_zone(instant: datetime) -> None:
    try:
        end = plan_end(instant.isoformat())
    except ValueError:
        assert not 1970 <= instant.year <= 9998
    else:
        # Compared in one zone: a time that the zone's clocks skipped equals nothing in another.
        assert end == instant.astimezone(UTC)
        assert end.tzinfo is UTC
        end.astimezone(ZoneInfo("Pacific/Kiritimati"))
        end.astimezone(ZoneInfo("Etc/GMT+12"))


@pytest.mark.parametrize(("text", "days"), [("1", 1), ("36500", 36_500), ("007", 7), ("none", None)])
def test_a_retention_is_read(text: str, days: int | None) -> None:
    assert retention_days(text) == days


@pytest.mark.parametrize("text", ["0", "-1", "36501", "1.5", "", "ten", "١٢", "9" * 5_000])
def test_a_retention_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"“.{0,5}” is no number of days from 1 to 36500, nor “none”"):
        retention_days(text)


@pytest.mark.parametrize("text", ["ana@ok.test", "Zoë+1@hôtel.example", '"a b@c"@ok.test', "root@[192.0.2.1]", "a@b"])
def test_an_address_is_kept_as_it_is(text: str) -> None:
    assert mail_address(text) == text


@pytest.mark.parametrize("text", ["ana", "@ok.test", "ana@", "<ana@ok.test>", "ana@ok test", "a@b\n", "x" * 320 + "@b"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no address|spaces around|longer than 320"):
        mail_address(text)
