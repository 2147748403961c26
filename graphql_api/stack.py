"""Where an error came from, as logs say it."""

from collections.abc import Iterator
from traceback import format_tb


def stack_of(error: BaseException) -> str:
    """Where an error came from, and its causes, without their messages: those can repeat addresses and tokens."""
    return "".join(_stack(error))


def _stack(error: BaseException) -> Iterator[str]:
    if error.__cause__ is not None:
        yield from _stack(error.__cause__)
    yield from format_tb(error.__traceback__)
    yield f"{type(error).__module__}.{type(error).__qualname__}\n"
