"""JSON lines as PostgreSQL can store them: bytes that are no UTF-8, NUL and half pairs of surrogates become U+FFFD."""

import re

# An escaped backslash, a pair of surrogates, and what is neither: half a pair, or NUL, which PostgreSQL does not store.
_ESCAPES = re.compile(r"\\\\|\\u[dD][89abAB]\w\w\\u[dD][c-fC-F]\w\w|\\u[dD][89a-fA-F]\w\w|\\u0000")
_LENGTH_OF_ONE = len(r"\u0000")
_REPLACEMENT = r"\ufffd"


def storable_json(line: bytes) -> str:
    """The line's text, still JSON."""
    return _ESCAPES.sub(_storable, line.decode("utf-8", "replace"))


def _storable(escape: re.Match[str]) -> str:
    is_one = len(escape[0]) == _LENGTH_OF_ONE
    return _REPLACEMENT if is_one else escape[0]
