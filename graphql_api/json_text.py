"""JSON from strangers: what JSON parsers differ in, or fail at, is refused before one sees it."""

import re
from functools import cache
from string import digits

from graphql_api.limits import Limits
from graphql_api.refusals import JsonTooDeep, NumberTooLong

# Possessive, and content with a string that never ends: each character is looked at once.
_STRING = re.compile(r'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_NO_BRACKET = re.compile(r"[^\[\]{}]+")
_DIGITS = re.compile(r"[0-9]+")


def check_json_text(text: str, limits: Limits) -> None:
    """Raises BadRequest unless nesting and numbers are within the limits."""
    # Most are well within, whatever of it stands in strings.
    if text.count("{") + text.count("[") <= limits.json_depth and _has_few_digits(text, limits.digits):
        return
    bare = _STRING.sub("", text)
    if _depth(bare) > limits.json_depth:
        raise JsonTooDeep(f"The JSON is nested too deeply: at most {limits.json_depth} levels.")
    if any(len(digits) > limits.digits for digits in _DIGITS.findall(bare)):
        raise NumberTooLong(f"A number in the JSON is too long: at most {limits.digits} digits.")


def _has_few_digits(text: str, most: int) -> bool:
    return sum(map(text.count, digits)) <= most or not _longer_than(most).search(text)


@cache
def _longer_than(digits: int) -> re.Pattern[str]:
    return re.compile(f"[0-9]{{{digits + 1}}}")


def _depth(bare: str) -> int:
    depth = deepest = 0
    for bracket in _NO_BRACKET.sub("", bare):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest
