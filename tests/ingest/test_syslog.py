"""The frame of a syslog line, and where its stamp stands in time."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import UndatedLog, UnreadableLine
from ingest.syslog import SyslogClock, SyslogLine, read_syslog_line

PARIS = ZoneInfo("Europe/Paris")
TORONTO = ZoneInfo("America/Toronto")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def place_all(clock: SyslogClock, *stamps: str) -> list[datetime]:
    placed = []
    for stamp in stamps:
        clock.pass_over(stamp)
        placed.append(clock.place(stamp))
    return placed


def test_a_classic_line_is_taken_apart() -> None:
    line = read_syslog_line(b"Nov 23 18:45:19 relay1 postfix/smtpd[32721]: connect from localhost[127.0.0.1]\n")
    assert line == SyslogLine(
        "Nov 23 18:45:19", "relay1", "postfix/smtpd", "32721", "connect from localhost[127.0.0.1]"
    )


def test_a_day_of_one_digit_is_padded_with_a_blank() -> None:
    assert read_syslog_line(b"Nov  3 08:05:09 relay1 postfix/qmgr[7]: x").stamp == "Nov  3 08:05:09"


@pytest.mark.parametrize(
    "stamp",
    [
        "2026-11-23T18:45:19Z",
        "2026-11-23T18:45:19+00:00",
        "2026-11-23T18:45:19.123456-05:00",
        "2026-11-23T18:45:19,123456789+0530",
    ],
)
def test_rfc_3339_stamps_are_read(stamp: str) -> None:
    line = read_syslog_line(f"{stamp} relay1 postfix-10.0.0.1/smtp[99]: text".encode())
    assert line == SyslogLine(stamp, "relay1", "postfix-10.0.0.1/smtp", "99", "text")


@pytest.mark.parametrize(
    ("line", "program", "pid", "text"),
    [
        (b"Nov 23 18:45:19 relay1 kernel: eth0: link up", "kernel", "", "eth0: link up"),
        (b"Nov 23 18:45:19 relay1 last message repeated 2 times", "", "", "last message repeated 2 times"),
        (b"Nov 23 18:45:19 relay1 postfix/master[1]:", "postfix/master", "1", ""),
    ],
)
def test_lines_of_other_programs_are_lines(line: bytes, program: str, pid: str, text: str) -> None:
    assert read_syslog_line(line) == SyslogLine("Nov 23 18:45:19", "relay1", program, pid, text)


def test_bytes_that_are_no_utf_8_and_nul_become_replacement_characters() -> None:
    line = read_syslog_line("Nov 23 18:45:19 relay1 p[1]: é".encode() + b"\xff\x00z")
    assert line.text == "é\ufffd\ufffdz"


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\n",
        b"no stamp at all",
        b'{"type":"Reception"}',
        b"Foo 23 18:45:19 relay1 postfix/smtpd[1]: x",
        b"2026-11-23 18:45:19 relay1 postfix/smtpd[1]: x",
        b"2026-11-23T18:45:19 relay1 postfix/smtpd[1]: without a zone",
        b"Nov 23 18:45:19",
    ],
)
def test_what_is_no_syslog_line_is_told(line: bytes) -> None:
    with pytest.raises(UnreadableLine):
        read_syslog_line(line)


def test_a_classic_stamp_is_placed_by_year_and_zone() -> None:
    assert place_all(SyslogClock(2026, TORONTO), "Nov 23 18:45:19") == [utc("2026-11-23T23:45:19")]


def test_both_kinds_of_stamp_are_cut_to_the_same_second() -> None:
    clock = SyslogClock(2026, PARIS)
    assert place_all(clock, "Jul 14 12:00:59", "2026-07-14T12:00:59.999999+02:00") == [utc("2026-07-14T10:00:59")] * 2


def test_the_year_turns_at_new_year() -> None:
    assert place_all(SyslogClock(2026, UTC), "Dec 31 23:59:59", "Jan  1 00:00:00", "Mar  1 00:00:00") == [
        utc("2026-12-31T23:59:59"),
        utc("2027-01-01T00:00:00"),
        utc("2027-03-01T00:00:00"),
    ]


def test_the_year_turns_at_a_line_without_events() -> None:
    clock = SyslogClock(2026, UTC)
    clock.pass_over("Dec 31 23:59:59")
    clock.pass_over("Jan  1 00:00:00")
    assert clock.place("Jan  1 00:00:00") == utc("2027-01-01T00:00:00")


def test_a_clock_that_steps_back_over_new_year_is_followed() -> None:
    stamps = ("Dec 31 23:59:59", "Jan  1 00:00:00", "Dec 31 23:59:59", "Jan  1 00:00:01")
    assert place_all(SyslogClock(2026, UTC), *stamps) == [
        utc("2026-12-31T23:59:59"),
        utc("2027-01-01T00:00:00"),
        utc("2026-12-31T23:59:59"),
        utc("2027-01-01T00:00:01"),
    ]


def test_a_clock_that_steps_back_a_little_is_followed() -> None:
    stamps = ("Jun  1 00:00:05", "May 31 23:59:58", "Jun  1 00:00:00")
    assert place_all(SyslogClock(2026, UTC), *stamps) == [
        utc("2026-06-01T00:00:05"),
        utc("2026-05-31T23:59:58"),
        utc("2026-06-01T00:00:00"),
    ]


def test_the_29th_of_february_stands_in_a_leap_year() -> None:
    stamps = ("Dec 31 10:00:00", "Feb 29 10:00:00")
    assert place_all(SyslogClock(2027, UTC), *stamps)[1] == utc("2028-02-29T10:00:00")


def test_the_29th_of_february_of_another_year_is_refused_by_name() -> None:
    with pytest.raises(UndatedLog, match=r"Feb 29 10:00:00.*\(2027\).*--year"):
        place_all(SyslogClock(2027, UTC), "Feb 29 10:00:00")


@pytest.mark.parametrize("clock", [SyslogClock(), SyslogClock(year=2026), SyslogClock(time_zone=UTC)])
def test_a_classic_stamp_without_year_or_zone_is_refused(clock: SyslogClock) -> None:
    with pytest.raises(UndatedLog, match=r"pass --year .* and --time-zone"):
        place_all(clock, "Nov 23 18:45:19")


def test_an_rfc_3339_stamp_needs_neither_year_nor_zone() -> None:
    assert place_all(SyslogClock(), "2026-11-23T18:45:19+05:30") == [utc("2026-11-23T13:15:19")]


@pytest.mark.parametrize(
    "stamp", ["Nov 31 10:00:00", "Nov 23 25:00:00", "2026-13-01T00:00:00Z", "0001-01-01T00:00:00+14:00"]
)
def test_a_date_of_no_calendar_is_unreadable(stamp: str) -> None:
    with pytest.raises(UnreadableLine, match="is not a date"):
        place_all(SyslogClock(2026, UTC), stamp)


def test_the_hour_that_comes_twice_is_told_by_the_lines_before() -> None:
    stamps = ("Oct 25 02:59:58", "Oct 25 02:59:57", "Oct 25 02:00:01", "Oct 25 02:58:00", "Oct 25 03:00:00")
    assert place_all(SyslogClock(2026, PARIS), *stamps) == [
        utc("2026-10-25T00:59:58"),
        utc("2026-10-25T00:59:57"),
        utc("2026-10-25T01:00:01"),
        utc("2026-10-25T01:58:00"),
        utc("2026-10-25T02:00:00"),
    ]


def test_the_hour_that_comes_twice_is_told_by_the_arrival_of_the_message() -> None:
    clock = SyslogClock(2026, PARIS)
    clock.pass_over("Oct 25 02:10:00")
    assert clock.place("Oct 25 02:10:00", utc("2026-10-25T00:09:59")) == utc("2026-10-25T00:10:00")
    assert clock.place("Oct 25 02:10:00", utc("2026-10-25T01:09:59")) == utc("2026-10-25T01:10:00")


def test_the_hour_that_never_was_is_placed_somewhere() -> None:
    assert place_all(SyslogClock(2026, PARIS), "Mar 29 02:30:00") == [utc("2026-03-29T01:30:00")]


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001 - hypothesis wants naive bounds
    st.lists(st.timedeltas(timedelta(0), timedelta(days=150)), max_size=20),
    st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30)), timezone(timedelta(hours=-8))]),
)
def test_a_log_that_is_never_silent_for_half_a_year_is_placed_whole(
    start: datetime, silences: list[timedelta], zone: timezone
) -> None:
    instant = start.replace(microsecond=0, tzinfo=zone)
    instants = [instant]
    for silence in silences:
        instant = (instant + silence).replace(microsecond=0)
        instants.append(instant)
    stamps = [f"{each:%b} {each.day:2} {each:%H:%M:%S}" for each in instants]
    assert place_all(SyslogClock(start.year, zone), *stamps) == instants
