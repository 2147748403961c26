"""Folding, the layout of the column, and patterns that mean what the condition says."""

import re
import sys
from collections.abc import Callable
from typing import NamedTuple
from unicodedata import category

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from models import search_text as patterns
from models.search_text import fold, is_blank_after_fold, search_text

# Dense in what could break a pattern or the layout, and wide enough for the rest of Unicode.
TEXTS = st.text(st.sampled_from("aAbéßœŒİ%_\\@.-\uff20\t\n\0\x85\u2028\u0301 ") | st.characters(), max_size=12)
ADDRESSES = TEXTS | st.builds("{}@{}".format, TEXTS, TEXTS) | st.just("")


def like(text: str, pattern: str) -> bool:
    """PostgreSQL's LIKE, without its index."""
    wildcards = {"%": ".*", "_": "."}
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    expression = "".join(wildcards.get(part) or re.escape(part.removeprefix("\\") or "\\") for part in parts)
    return re.fullmatch(expression, text, re.DOTALL) is not None


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Réservation confirmée", "reservation confirmee"),
        ("REÇU", "recu"),
        ("Straße STRAẞE", "strasse strasse"),
        ("Œuvre æon Ærø Łódź Đà ðþ Ħŧ", "oeuvre aeon aero lodz da dth ht"),
        ("İstanbul \N{LATIN SMALL LETTER DOTLESS I}I", "istanbul ii"),
        ("ﬁn x²", "fin x2"),
        ("Ὀδυσσεύς", "οδυσσευσ"),
        ("ῃ", "η"),
        ("東京", "東京"),
        ("tab\there\nnul\0del\x7fc1\x85\u2028\u2029end", "tab here nul del c1   end"),
        ("non\u00a0breaking", "non breaking"),
    ],
)
def test_folding_takes_away_case_accents_and_control_characters(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_vowel_signs_are_letters_and_not_accents() -> None:
    assert fold("กา กี") != fold("กา กา")


def test_every_character_folds_to_what_folds_no_further_and_holds_no_control_character() -> None:
    assigned = [each for each in map(chr, range(sys.maxunicode + 1)) if category(each) not in ("Cn", "Co", "Cs")]
    folded = [fold(character) for character in assigned]
    assert [fold(text) for text in folded] == folded
    assert {category(character) for text in folded for character in text}.isdisjoint({"Cc", "Zl", "Zp"})


@given(TEXTS, TEXTS)
def test_folding_piece_by_piece_is_folding_the_whole(first: str, second: str) -> None:
    assert fold(first + second) == fold(first) + fold(second)


@pytest.mark.parametrize("text", ["", " ", "\t\n", "\u0301", "\u0301 \u0345", "\0", "\u3000"])
def test_what_folds_to_nothing_or_to_spaces_is_blank(text: str) -> None:
    assert is_blank_after_fold(text)


@pytest.mark.parametrize("text", ["a", " é ", "%", "_", "\\", "東"])
def test_what_leaves_a_character_is_not_blank(text: str) -> None:
    assert not is_blank_after_fold(text)


def test_the_column_holds_recipient_sender_and_subject_each_in_its_place() -> None:
    text = search_text(
        recipient="Zoé@Example.com",
        delivered_to="zoe@mailbox.example",
        sender="News@Shop.example",
        envelope_sender="bounce+1@shop.example",
        subject="Votre reçu",
    )
    assert text == (
        "\tzoe@example.com\tzoe@mailbox.example\t\n\tnews@shop.example\tbounce+1@shop.example\t\nvotre recu"
    )


def test_second_addresses_stand_only_where_they_differ() -> None:
    text = search_text(recipient="a@b", delivered_to="A@B", sender="c@d", envelope_sender="c@D", subject=None)
    assert text == "\ta@b\t\n\tc@d\t\n"


def test_the_null_sender_and_an_unknown_subject_are_empty() -> None:
    text = search_text(recipient="a@b", delivered_to=None, sender="", envelope_sender="", subject=None)
    assert text == "\ta@b\t\n\t\t\n"


class Row(NamedTuple):
    """What is searched."""

    recipient: str = "a@b"
    delivered_to: str | None = None
    sender: str = "c@d"
    envelope_sender: str = "c@d"
    subject: str | None = None

    def text(self) -> str:
        """The column's value."""
        return search_text(**self._asdict())


ROWS = st.builds(Row, ADDRESSES, st.none() | ADDRESSES, ADDRESSES, ADDRESSES, st.none() | TEXTS)


@given(ROWS)
def test_nothing_in_a_value_breaks_the_layout(row: Row) -> None:
    recipients, senders, subject = (line.split("\t") for line in row.text().split("\n"))
    first, second = fold(row.recipient), fold(row.delivered_to or "")
    assert recipients in (["", first, ""], ["", first, second, ""])
    first, second = fold(row.sender), fold(row.envelope_sender)
    assert senders in (["", first, ""], ["", first, second, ""])
    assert subject == [fold(row.subject or "")]


@st.composite
def rows_and_texts(draw: st.DrawFn) -> tuple[Row, str]:
    """A row, and a text to look for, which is often a piece of one of its values."""
    row = draw(ROWS)
    value = draw(st.sampled_from([value for value in row if value is not None]))
    start, end = sorted((draw(st.integers(0, len(value))), draw(st.integers(0, len(value)))))
    pieces = st.sampled_from([value, value[start:end], value.rpartition("@")[2], value.swapcase()])
    text = draw(pieces | TEXTS)
    assume(not is_blank_after_fold(text))
    return row, text


def meaning(condition: str, row: Row, text: str) -> bool:
    """What a condition says, without a pattern."""
    wanted = fold(text)
    columns: dict[str, list[str | None]] = {
        "recipient": [row.recipient, row.delivered_to],
        "sender": [row.sender, row.envelope_sender],
        "subject": [row.subject],
        "anywhere": list(row),
    }
    place, kind = condition.split("_")
    values = [fold(value) for value in columns[place] if value is not None]
    if kind == "contains":
        return any(wanted in value for value in values)
    if kind == "domain":
        return any("@" in value and value.rpartition("@")[2] == wanted for value in values)
    return wanted in values


@pytest.mark.parametrize(
    "pattern",
    [
        patterns.anywhere_contains,
        patterns.recipient_contains,
        patterns.recipient_equals,
        patterns.recipient_domain,
        patterns.sender_contains,
        patterns.sender_equals,
        patterns.sender_domain,
        patterns.subject_contains,
        patterns.subject_equals,
    ],
    ids=lambda pattern: pattern.__name__,
)
@given(rows_and_texts())
@example((Row(recipient="x@y", delivered_to="a@b", sender="a@b", envelope_sender="a@b", subject="a@b"), "a@b"))
def test_a_pattern_matches_just_when_its_condition_holds(
    pattern: Callable[[str], str], row_and_text: tuple[Row, str]
) -> None:
    row, text = row_and_text
    condition = pattern.__name__
    # A domain with an @ in it is refused before it comes here.
    assume(not condition.endswith("domain") or "@" not in fold(text))
    assert like(row.text(), pattern(text)) == meaning(condition, row, text)


@pytest.mark.parametrize("text", ["%", "_", "\\", "100%", "a_b", "\\%", "%%"])
def test_wildcards_are_plain_characters(text: str) -> None:
    assert like(Row(subject=f"x {text} y").text(), patterns.anywhere_contains(text))
    assert not like(Row(subject="x 100 axb y").text(), patterns.anywhere_contains(text))


def test_a_recipients_text_is_not_found_in_the_sender_nor_the_other_way_round() -> None:
    text = Row(recipient="zoe@x", sender="max@y", envelope_sender="max@y").text()
    assert like(text, patterns.recipient_contains("zoe"))
    assert not like(text, patterns.recipient_contains("max"))
    assert like(text, patterns.sender_contains("max"))
    assert not like(text, patterns.sender_contains("zoe"))


def test_only_the_end_of_an_address_is_its_domain() -> None:
    text = Row(recipient='"odd@local.example"@real.example').text()
    assert like(text, patterns.recipient_domain("real.example"))
    assert not like(text, patterns.recipient_domain('local.example"'))
    assert not like(text, patterns.recipient_domain("example"))
