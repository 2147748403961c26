"""Pieces of a long text that is searched, of which an index is asked for the rare ones.

An index on trigrams compares a list of rows for each three letters: some 25 for a whole address, nearly all of them
long ones. A rare piece has few lists, and leaves few rows to compare with the whole text. Which are rare is counted.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import ARRAY, ColumnElement, Text, bindparam, cast, column, func, literal_column, select

from database.comparisons import ACTIVITY, WITHIN
from database.pool import AnyConnection, KeepingPool
from database.statement import compile_statement

# Longer words are taken apart: pieces of so many letters, each of which begins so many after the one before.
_LETTERS, _STEP = 6, 3
# Each is looked for in so many rows: two or three milliseconds for the pieces of an address.
_MOST = 20
_SAMPLED_ROWS = 1_000
# Pieces are asked for until all of them together are taken to stand in fewer than one row of so many.
_RARE_ENOUGH = 200

# Letters and digits, as trigrams are made of them; a shorter word has none for sure.
_WORD = re.compile(r"[^\W_]{3,}")

_piece = (
    func.unnest(cast(bindparam("pieces"), ARRAY(Text)))
    .table_valued(column("text", Text), name="piece")
    .render_derived()
)
_sample = (
    select(ACTIVITY.c.search_text)
    .where(*WITHIN)
    .order_by(ACTIVITY.c.id.desc())
    .limit(bindparam("sampled_rows"))
    .subquery("sample")
)
# In how many of the newest rows is each of these pieces? By the primary key; with a number instead of the parameter,
# the planner might take the account for smaller than that, and read all of it.
_COUNTS = compile_statement(
    select(_piece.c.text, func.count(_sample.c.search_text))
    .select_from(_piece.outerjoin(_sample, func.strpos(_sample.c.search_text, _piece.c.text) > literal_column("0")))
    .group_by(_piece.c.text)
)


async def rare_pieces(
    connection: AnyConnection | KeepingPool, patterns: Iterable[str], within: Mapping[str, object]
) -> list[str]:
    """What stands in every row that is like all of these patterns; none: ask for the patterns themselves.

    A single word is not taken apart, for its lists are few. `within` are an account and ids; of its rows some are read.
    """
    words = [word for pattern in patterns for word in _WORD.findall(pattern)]
    if len(words) <= 1:
        return []
    pieces = list(dict.fromkeys(piece for word in words for piece in _pieces(word)))[:_MOST]
    values = {**within, "pieces": pieces, "sampled_rows": _SAMPLED_ROWS}
    counted = await connection.fetch(_COUNTS.sql, *_COUNTS.arguments(values))
    rows = {piece: number for piece, number in counted}
    return _enough(sorted(pieces, key=lambda piece: (rows[piece], -_digits(piece), -len(piece))), rows)


def has_pieces(number: int) -> list[ColumnElement[bool]]:
    """So many conditions that an index on trigrams serves; their values are those of `piece_values`."""
    return [ACTIVITY.c.search_text.like(bindparam(_name(each))) for each in range(number)]


def piece_values(pieces: Sequence[str]) -> dict[str, object]:
    """The values of the parameters in `has_pieces`."""
    return {_name(number): f"%{piece}%" for number, piece in enumerate(pieces)}


def _pieces(word: str) -> list[str]:
    last = max(len(word) - _LETTERS, 0)
    return [word[begin : begin + _LETTERS] for begin in (*range(0, last, _STEP), last)]


def _digits(piece: str) -> int:
    """Letters come in words that others have too; of pieces that the sample lacks alike, numbers are the rarer."""
    return sum(map(str.isdigit, piece))


def _enough(pieces: Sequence[str], rows: Mapping[str, int]) -> list[str]:
    share = 1.0
    for number, piece in enumerate(pieces, 1):
        share *= rows[piece] / _SAMPLED_ROWS
        if share * _RARE_ENOUGH < 1:
            return list(pieces[:number])
    return list(pieces)


def _name(number: int) -> str:
    return f"asked_piece_{number}"
