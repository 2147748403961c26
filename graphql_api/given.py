"""Arguments and input fields that may be left out."""

from typing import TypeVar

from strawberry import UNSET

T = TypeVar("T")


def given(value: T | None) -> T | None:
    """None for what was left out as for what was null."""
    return None if value is UNSET else value
