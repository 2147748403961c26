"""The file of an operator's own rules of reasons: TOML, a `[[rule]]` each (docs/operating.md). Pure."""

import re
import tomllib
import warnings
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from models.explanation import Language
from models.own_rules import OwnRule, OwnRules
from models.reason import ReasonCategory

MAX_WORDS = 500

T = TypeVar("T")


class UnusableRules(Exception):
    """The rules of reasons cannot be used."""

    # For operators: one line that names the file, the rule and the field.
    code = "UNUSABLE_REASON_RULES"

    def __str__(self) -> str:
        """What was given when raising, else the class's docstring."""
        return super().__str__() or (self.__class__.__doc__ or "")


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    rule: list[Any] = []


class _Stated(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pattern: str
    category: str
    en: str | None = None
    fr: str | None = None


def parse_rules(document: bytes, source: str) -> OwnRules:
    """The rules of a file; raises UnusableRules, which names `source`, the rule (the first is 1) and the field."""
    try:
        stated = msgspec.convert(tomllib.loads(document.decode()), _File)
    except msgspec.ValidationError as error:
        raise UnusableRules(f"{source}: {error}: each rule begins with [[rule]].") from None
    except ValueError as error:
        raise UnusableRules(f"{source} is not TOML in UTF-8: {error}.") from None
    return OwnRules(tuple(_numbered(source, number, rule) for number, rule in enumerate(stated.rule, 1)))


def _numbered(source: str, number: int, stated: object) -> OwnRule:
    try:
        return _rule(_decode(stated))
    except ValueError as error:
        raise UnusableRules(f"{source}, rule {number}: {error}.") from error


def _decode(stated: object) -> _Stated:
    try:
        return msgspec.convert(stated, _Stated)
    except msgspec.ValidationError as error:
        # msgspec writes the path last: "Expected `str`, got `int` - at `$.pattern`".
        message, _, path = str(error).partition(" - at `$.")
        if path:
            raise ValueError(f"{path.rstrip('`')}: {message}") from None
        raise ValueError(f"{message}: a rule has pattern and category, and may have en and fr") from None


def _rule(stated: _Stated) -> OwnRule:
    said = {Language.EN: stated.en, Language.FR: stated.fr}
    return OwnRule(
        pattern=_field("pattern", _pattern, stated.pattern),
        category=_field("category", _category, stated.category),
        words={each: _field(each.lower(), _words, text) for each, text in said.items() if text is not None},
    )


def _field(name: str, rule: Callable[[str], T], value: str) -> T:
    try:
        return rule(value)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error


def _pattern(value: str) -> re.Pattern[str]:
    try:
        # Python only warns of [[:digit:]], which Postfix's tables know and which is something else here.
        with warnings.catch_warnings(action="error", category=FutureWarning):
            pattern = re.compile(value, re.IGNORECASE)
    except (re.error, OverflowError, FutureWarning) as error:
        raise ValueError(f"“{value}” is no regular expression of Python's: {error}") from error
    if pattern.search(""):
        raise ValueError(f"“{value}” is found in every answer, even an empty one: name words of the answer")
    return pattern


def _category(value: str) -> ReasonCategory:
    try:
        return ReasonCategory(value)
    except ValueError:
        raise ValueError(f"“{value}” is none of {', '.join(ReasonCategory)}") from None


def _words(value: str) -> str:
    """A few sentences on one line, however the file breaks them."""
    words = " ".join(value.split())
    if not words:
        raise ValueError("must not be blank: without it the category's own words are shown")
    if len(words) > MAX_WORDS:
        raise ValueError(f"has {len(words)} characters, and may have {MAX_WORDS}")
    if not words.isprintable():
        raise ValueError("must not hold control characters")
    return words
