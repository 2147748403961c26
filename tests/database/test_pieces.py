"""Pieces of a text: that each row with the text has them, and that the rare ones are chosen."""

from collections.abc import Callable

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from database.pieces import piece_values, rare_pieces
from models.activity_id import TOP_ID, first_id_at
from models.search_text import anywhere_contains, fold, recipient_contains, subject_equals
from tests.conftest import NOW
from tests.database.activities import ACCOUNT, activity, record


class Counting:
    """In place of a connection: it answers that every piece stands in as many rows as it is told."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.asked: list[str] = []

    async def fetch(self, _sql: str, *arguments: object) -> list[tuple[str, int]]:
        (self.asked,) = (value for value in arguments if isinstance(value, list))
        return [(piece, self.rows) for piece in self.asked]


async def chosen(connection: object, *patterns: str) -> list[str]:
    """The pieces that an index is asked for."""
    within = {"account_id": ACCOUNT, "first_id": first_id_at(NOW.replace(year=2000)), "end_id": TOP_ID}
    return await rare_pieces(connection, patterns, within)  # type: ignore[arg-type]  # Counting is none.


texts = st.text(max_size=200) | st.from_regex(r"[A-Za-z0-9._%+\\]{1,30}@[a-z0-9-]{1,30}\.[a-zé]{2,9}", fullmatch=True)


@given(texts, st.sampled_from([anywhere_contains, recipient_contains, subject_equals]))
async def test_a_row_that_has_the_text_has_every_piece(text: str, pattern: Callable[[str], str]) -> None:
    pieces = await chosen(Counting(1_000), pattern(text))
    assert all(piece in fold(text) for piece in pieces)
    assert len(pieces) <= 20
    assert all(value == f"%{piece}%" for piece, value in zip(pieces, piece_values(pieces).values(), strict=True))


async def test_long_words_are_taken_apart_and_short_ones_left_out() -> None:
    counting = Counting(0)
    await chosen(counting, anywhere_contains("Jo.Constantinople@mx-1.example"))
    assert counting.asked == ["consta", "stanti", "ntinop", "inople", "exampl", "xample"]


@pytest.mark.parametrize("text", ["zanzibar", "constantinople", "a@b", "100%", "東京"])
async def test_a_single_word_is_asked_for_as_it_is(text: str) -> None:
    counting = Counting(0)
    assert await chosen(counting, anywhere_contains(text)) == []
    assert counting.asked == []


@pytest.mark.parametrize(("rows", "number"), [(0, 1), (4, 1), (50, 2), (1_000, 4)])
async def test_so_many_pieces_are_asked_for_that_together_they_are_rare(rows: int, number: int) -> None:
    pieces = await chosen(Counting(rows), anywhere_contains("anna.meyer@mx.hotel.test"))
    assert len(pieces) == number


async def test_pieces_are_counted_in_the_accounts_own_rows(connection: asyncpg.Connection) -> None:
    rows = [activity(NOW, key=str(number), recipient=f"info@hotel{number}.test") for number in range(9)]
    await record(connection, rows)
    assert await chosen(connection, recipient_contains("Info@hotel7.test")) == ["hotel7"]
    assert await chosen(connection, recipient_contains("info@palace.test")) == ["palace"]
    # Of pieces that are equally rare, those with digits, and then the longest.
    assert await chosen(connection, recipient_contains("jan.meyer4689@x.test")) == ["er4689"]
    assert await chosen(connection, anywhere_contains("anna constanti")) == ["consta"]
