"""RFC 2047 encoded words as logs hold them: read leniently, but never by guessing a character set."""

import codecs
import re
from base64 import b64decode
from binascii import a2b_qp
from functools import lru_cache, partial
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

_WORD = r"=\?[\w.:+*-]{1,60}\?[bBqQ]\?[^?]*\?="
_PARTS = re.compile(r"=\?([^?]+)\?([bBqQ])\?([^?]*)\?=").findall
# Words with blanks alone between them are one text. A fold's line feed is logged as `?`, and so is a tab behind it.
# Python's mail library folds with two blanks where the text had one, so those stay apart.
_BETWEEN = r"(?: +|\?[ ?])"
_RUN = re.compile(rf"({_WORD}(?:{_BETWEEN}{_WORD})*)(\?[ ?] *)?", re.ASCII)
_CUT_WORD = re.compile(r"=\?[\w.:+*-]{0,60}(?:\?(?:([bBqQ])(?:\?([^?]*)\??)?)?)?$", re.ASCII)
_HALF_A_CHARACTER = re.compile(r"=[0-9A-Fa-f]?$")
# Python's own codecs, which are no character sets of mail.
_NO_CHARSETS = frozenset({"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"})
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


class _Word(NamedTuple):
    charset: str
    content: bytes


def decode_words(text: str, *, is_cut: bool = False) -> str:
    """The text in plain letters; words that cannot be decoded stay as they are.

    `is_cut`: the text's end is missing, and its last word may lack its own.
    """
    if "=?" not in text:
        return text
    if is_cut:
        text = _CUT_WORD.sub(_close, text)
    return _RUN.sub(partial(_decode_run, is_cut=is_cut), text)


def _close(word: re.Match[str]) -> str:
    """Give a cut word its end, without the pieces of a character; nothing when no content is left."""
    encoding, content = word[1], word[2]
    if not content:
        return ""
    whole = content[: len(content) // 4 * 4] if encoding in "bB" else _HALF_A_CHARACTER.sub("", content)
    return f"{word[0][: word.start(2) - word.start()]}{whole}?="


def _decode_run(run: re.Match[str], *, is_cut: bool) -> str:
    text = _decode_words(run[1], is_cut)
    if text is None:
        return run[0]
    # An encoded word ends at a blank: a `?` right behind it can only be a fold.
    return text + (" " if run[2] else "")


# A relay's mail says the same in many subjects.
@lru_cache(maxsize=1024)
def _decode_words(words: str, is_cut: bool) -> str | None:
    """None for words that cannot be decoded."""
    try:
        # A character may be split between two words of the same character set.
        by_charset = groupby((_read_word(*parts) for parts in _PARTS(words)), key=attrgetter("charset"))
        texts = [_decode(charset, b"".join(word.content for word in run), is_cut) for charset, run in by_charset]
    except (LookupError, ValueError):
        return None
    return _UNSTORABLE.sub("\ufffd", "".join(texts))


def _read_word(charset: str, encoding: str, content: str) -> _Word:
    if encoding in "bB":
        octets = b64decode(content + "=" * (-len(content) % 4), validate=True)
    else:
        octets = a2b_qp(content.encode(), header=True)
    # RFC 2231 lets a language follow: `utf-8*en`.
    return _Word(codecs.lookup(charset.partition("*")[0]).name, octets)


def _decode(charset: str, octets: bytes, is_cut: bool) -> str:
    if charset in _NO_CHARSETS:
        raise LookupError(charset)
    try:
        return octets.decode(charset)
    except UnicodeDecodeError as error:
        if not is_cut or error.end < len(octets):
            raise
        return octets[: error.start].decode(charset)
