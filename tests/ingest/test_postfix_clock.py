"""Learning a log's year and zone from the queue ids in it."""

from datetime import UTC, timedelta, timezone
from itertools import islice
from pathlib import Path

import pytest

from ingest.postfix_clock import learn_clock
from models.queue_id import arrival_of
from tests.ingest.postfix_lines import LONG_ID, SHORT_ID

RECORDED = Path(__file__).parents[2] / "examples/postfix/mail.log"


def client_line(stamp: str, queue_id: str = LONG_ID) -> bytes:
    return f"{stamp} relay1 postfix/smtpd[1]: {queue_id}: client=localhost[127.0.0.1]\n".encode()


def test_the_recorded_log_tells_its_year_and_zone() -> None:
    with RECORDED.open("rb") as log:
        assert learn_clock(islice(log, 10)) == (2026, UTC)


@pytest.mark.parametrize(
    ("stamp", "hours"),
    [
        ("Nov 23 18:45:19", 0),
        ("Nov 23 13:45:19", -5),
        ("Nov 24 00:15:21", 5.5),
        ("Nov 24 00:30:19", 5.75),
        ("Nov 24 08:45:19", 14),
        ("Nov 23 06:45:19", -12),
    ],
)
def test_the_zone_is_the_distance_from_the_arrival_to_its_line(stamp: str, hours: float) -> None:
    assert learn_clock([client_line(stamp)]) == (2026, timezone(timedelta(hours=hours)))


@pytest.mark.parametrize(
    "said", ["uid=1000 from=<root>", "message-id=<x@y.test>", "info: header Subject: x from local; from=<root>"]
)
def test_other_lines_of_the_arrival_tell_too(said: str) -> None:
    line = f"Nov 23 13:45:20 relay1 postfix/cleanup[1]: {LONG_ID}: {said}".encode()
    assert learn_clock([line]) == (2026, timezone(timedelta(hours=-5)))


@pytest.mark.parametrize(
    "line",
    [
        client_line("Nov 23 18:45:19", SHORT_ID),
        client_line("2026-11-23T18:45:19Z"),
        client_line("Nov 23 18:52:00"),  # too late to be of the arrival's second
        client_line("Jul 14 18:45:19"),
        client_line("Feb 29 18:45:19"),
        f"Nov 23 18:45:19 relay1 postfix/qmgr[1]: {LONG_ID}: removed".encode(),
        b"no log line",
    ],
)
def test_a_line_that_does_not_tell_is_passed_over(line: bytes) -> None:
    assert learn_clock([line]) is None
    assert learn_clock([line, client_line("Nov 23 18:45:19")]) is not None


def test_the_year_is_that_of_the_first_line() -> None:
    lines = [b"Dec 31 23:59:58 relay1 CRON[1]: x", client_line("Nov 23 18:45:19")]
    assert learn_clock(lines) == (2026, UTC)
    lines = [b"Dec 30 23:59:58 relay1 CRON[1]: x", client_line("Jan  1 01:00:00", new_year_id())]
    assert learn_clock(lines) == (2025, timezone(timedelta(hours=1)))


def test_a_zone_ahead_may_be_a_year_ahead() -> None:
    arrival = arrival_of(new_year_id(-1))
    assert arrival is not None
    assert f"{arrival:%Y-%m-%d %H:%M:%S}" == "2025-12-31 23:59:59"
    assert learn_clock([client_line("Jan  1 05:29:59", new_year_id(-1))]) == (
        2026,
        timezone(timedelta(hours=5, minutes=30)),
    )


def new_year_id(seconds: int = 0) -> str:
    """The id of a message that arrived so many seconds after 2026 began."""
    alphabet = "0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz"
    number, digits = 1_767_225_600 + seconds, ""
    while number:
        number, digit = divmod(number, 52)
        digits = alphabet[digit] + digits
    return f"{digits}1B4dzK9Bh"
