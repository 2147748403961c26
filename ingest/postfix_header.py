"""The headers that Postfix logs: the subject in plain letters (RFC 2047), the From address and the Message-ID bare."""

import re
from functools import lru_cache

from ingest.encoded_words import decode_words
from ingest.errors import UnreadableLine

_HEADER = re.compile(r"(?:info|warning): header ((?i:subject|from)):(.*)", re.DOTALL).fullmatch
_BEFORE_CLIENT = " from "
_CLIENT = re.compile(r" from \S+;(?: (?:from|to)=<.*| proto=.*)?", re.DOTALL).fullmatch
# `%.200s`: how many bytes of a header, its name included, Postfix logs.
_LOGGED_BYTES = 200

_COMMENT = r"\((?:[^()\\]|\\.)*\)"
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_INNERMOST_COMMENT = re.compile(_COMMENT, re.DOTALL)
# Quotes hide parentheses and brackets, unless they are those of a local part.
_NAME_OR_COMMENT = re.compile(rf"{_QUOTED}(?!@)|{_COMMENT}", re.DOTALL)
_ADDRESS = rf"(?:{_QUOTED}|[^\s<>()\[\],;:@\"]+)@(?:\[[^\s\[\]<>]+\]|[^\s<>()\[\],;:@\"]+)"
_IN_BRACKETS = re.compile(rf"<\s*({_ADDRESS})\s*>").search
_BARE = re.compile(rf"(?<![^\s,;:])({_ADDRESS})(?![^\s,;])").search


def read_header(text: str) -> tuple[str, str] | None:
    """The name (`subject` or `from`) and the raw value of a logged header; None for others. Raises UnreadableLine."""
    header = _HEADER(text)
    if header is None:
        return None
    value = _value(header[2])
    if value is None:
        raise UnreadableLine("The logged header has no client behind it.")
    return header[1].lower(), value[:_LOGGED_BYTES]


def _value(text: str) -> str | None:
    """What stands before the client. The last one is Postfix's: a subject may itself say ` from x; from=<…>`."""
    end = len(text)
    while (begin := text.rfind(_BEFORE_CLIENT, 0, end)) >= 0:
        if _CLIENT(text, begin):
            return text[:begin]
        end = begin + len(_BEFORE_CLIENT) - 1
    return None


def read_subject(value: str) -> str | None:
    """The subject in plain letters; None when it is empty."""
    is_cut = len(f"Subject:{value}".encode()) >= _LOGGED_BYTES
    return decode_words(value, is_cut=is_cut).strip() or None


# Most senders write again.
@lru_cache(maxsize=4096)
def read_from(value: str) -> str | None:
    """The first address of a From header, bare; None when there is none."""
    # Some mailers encode the address together with the name.
    return _first_address(value) or _first_address(decode_words(value))


def read_message_id(value: str) -> str | None:
    """A Message-ID without angle brackets, or whatever stands there instead; None when it is empty."""
    decoded = decode_words(value)
    _, opening, behind = decoded.partition("<")
    inside, closing, _ = behind.rpartition(">")
    return (inside if opening and closing else decoded).strip() or None


def _first_address(value: str) -> str | None:
    text = value
    if '"' in text or "(" in text:
        text, replaced = _NAME_OR_COMMENT.subn(" ", text)
        while replaced:
            text, replaced = _INNERMOST_COMMENT.subn(" ", text)  # what remains may have held it
    match = _IN_BRACKETS(text)
    # A bracket that does not close was cut off by Postfix, with a part of the address.
    if match is None and "<" not in text:
        match = _BARE(text)
    return match[1] if match is not None else None
