"""Long queue ids: the arrival they hold, and what holds none."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.queue_id import QUEUE_ID, arrival_of

RECORDED = Path(__file__).parents[2] / "examples/postfix/mail.log"
ALPHABET = "0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz"


def base_52(number: int, width: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 52)
        digits = ALPHABET[digit] + digits
    return digits.rjust(width, "0")


def test_a_long_id_holds_the_arrival_in_whole_seconds() -> None:
    assert arrival_of("4jYFHg1B4dzK9Bh") == datetime(2026, 11, 23, 18, 45, 19, tzinfo=UTC)


def test_every_recorded_message_arrived_in_the_second_of_its_client_line() -> None:
    lines = re.findall(r"^Nov 23 (\S+) .*?: (\w+): client=", RECORDED.read_text(), re.MULTILINE)
    assert len(lines) == 268
    for clock_time, queue_id in lines:
        assert arrival_of(queue_id) == datetime.fromisoformat(f"2026-11-23T{clock_time}+00:00")


@given(
    st.integers(1_400_000_000, 4_000_000_000),
    st.integers(0, 999_999),
    st.text(ALPHABET.removesuffix("z"), min_size=1, max_size=9),
)
def test_what_postfix_encodes_is_decoded(seconds: int, microseconds: int, inode: str) -> None:
    queue_id = f"{base_52(seconds, 6)}{base_52(microseconds, 4)}z{inode}"
    assert arrival_of(queue_id) == datetime.fromtimestamp(seconds, UTC)
    assert re.fullmatch(QUEUE_ID, queue_id)


@pytest.mark.parametrize(
    "queue_id", ["7D06A2CC4D", "3F1A2B", "", "NOQUEUE", "4jYFHg1B4dzK9Bh ", "4jYFHg1B4dz", "zzzzz"]
)
def test_a_short_id_holds_none(queue_id: str) -> None:
    assert arrival_of(queue_id) is None


@pytest.mark.parametrize(
    "queue_id",
    [
        "0000001B4dzK9Bh",  # 1970
        "zzzzzz1B4dzK9Bh",  # 2596
        "4jYFHgzzzzzK9Bh",  # more microseconds than a second has
        "4jYFHgA1B4dzK9B",  # a vowel
        "zzzzzzzzz4jYFHg1B4dzK9Bh",  # more seconds than years are counted in
    ],
)
def test_an_absurd_id_holds_none(queue_id: str) -> None:
    assert arrival_of(queue_id) is None


@given(st.text())
def test_any_text_is_an_id_or_none(text: str) -> None:
    assert arrival_of(text) is None or re.fullmatch(QUEUE_ID, text)
