"""Cursors: opaque, URL-safe, and nothing else is taken for one."""

import string
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from database.cursor import Direction, decode_cursor, encode_cursor, encode_cursors
from database.errors import BadCursor

IDS = st.uuids(allow_nil=True) | st.sampled_from([UUID(int=0), UUID(int=2**128 - 1)])
DIRECTIONS = st.sampled_from(Direction)
ID = UUID("01a20846-fe00-8da7-b4a3-c991199bd5dd")


@given(DIRECTIONS, IDS)
def test_a_cursor_leads_back_to_its_id(direction: Direction, id_: UUID) -> None:
    assert decode_cursor(encode_cursor(direction, id_), direction) == id_


@given(DIRECTIONS, st.lists(IDS))
def test_cursors_made_together_are_those_made_alone(direction: Direction, ids: list[UUID]) -> None:
    assert encode_cursors(direction, list(map(str, ids))) == [encode_cursor(direction, id_) for id_ in ids]


@given(DIRECTIONS, IDS)
def test_a_cursor_needs_no_escaping_in_a_url(direction: Direction, id_: UUID) -> None:
    assert set(encode_cursor(direction, id_)) <= set(string.ascii_letters + string.digits + "-._~")


@given(DIRECTIONS, st.text() | st.text(string.hexdigits + "-.{}", min_size=38, max_size=40))
def test_what_is_taken_for_a_cursor_is_written_in_no_other_way(direction: Direction, text: str) -> None:
    try:
        id_ = decode_cursor(text, direction)
    except BadCursor:
        return
    assert encode_cursor(direction, id_) == text


@given(DIRECTIONS, IDS, st.integers(0, 23), st.characters())
def test_a_cursor_with_one_character_changed_is_another_one_or_none(
    direction: Direction, id_: UUID, place: int, character: str
) -> None:
    cursor = encode_cursor(direction, id_)
    changed = cursor[:place] + character + cursor[place + 1 :]
    try:
        found = decode_cursor(changed, direction)
    except BadCursor:
        return
    assert (found == id_) == (changed == cursor)


@pytest.mark.parametrize("direction", Direction)
def test_a_cursor_of_the_other_order_is_refused_and_told_from_garbage(direction: Direction) -> None:
    with pytest.raises(BadCursor, match="before is a cursor of another order") as refusal:
        decode_cursor(encode_cursor(direction.opposite, ID), direction, argument="before")
    assert (refusal.value.path, refusal.value.code) == (("before",), "BAD_USER_INPUT")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "é",
        "\ud800",
        f"22.{ID}",
        f"13.{ID}",
        f"1٢.{ID}",
        f"12-{ID}",
        f"12.{ID}"[:-1],
        f"12.{ID}0",
        f"12.{ID}\n",
        f"12.{ID}".upper(),
        f"12.{{{ID}}}",
        f"12.{ID.hex}",
        "12.",
        "1",
        "YXJyYXljb25uZWN0aW9uOjA=",
    ],
)
def test_what_is_not_a_cursor_is_refused(text: str) -> None:
    with pytest.raises(BadCursor, match="after is not a cursor of this connection") as refusal:
        decode_cursor(text, Direction.DESC)
    assert refusal.value.path == ("after",)
