"""What takes too long, or is wanted no more, is cut off: as `asyncio.timeout` does, with less around each request."""

import asyncio
from collections.abc import Coroutine, Generator
from types import TracebackType
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Cut:
    """A context; when it is cut, whoever waits within it is cancelled, and `error` is raised in place of that.

    It is cut after so many seconds, if any are given. A cancellation from elsewhere passes through.
    """

    def __init__(self, error: type[Exception], after: float | None = None) -> None:
        self._error = error
        self._after = after
        self._timer: asyncio.TimerHandle | None = None
        self._is_cut = False

    def __enter__(self) -> "Cut":
        """Begin."""
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("Only a task can be cut off.")
        self._task, self._cancelled_before = task, task.cancelling()
        if self._after is not None:
            self._timer = task.get_loop().call_later(self._after, self.now)
        return self

    def now(self) -> None:
        """Cut it off."""
        self._is_cut = self._task.cancel()

    def __exit__(self, kind: type[BaseException] | None, _error: object, _traceback: TracebackType | None) -> None:
        """Raise the error, if it was cut off and by nobody else."""
        if self._timer:
            self._timer.cancel()
        if self._is_cut and self._task.uncancel() <= self._cancelled_before and kind is asyncio.CancelledError:
            raise self._error from None


class Within(Generic[T]):
    """Awaits work; raises TimeoutError after so many seconds. Work that has nothing to wait for gets no timer."""

    def __init__(self, seconds: float, work: Coroutine[Any, Any, T]) -> None:
        self._seconds = seconds
        self._work = work

    def __await__(self) -> Generator[Any, Any, T]:
        """What the work returns."""
        steps = self._work.__await__()
        try:
            waits_for = next(steps)
        except StopIteration as done:
            result: T = done.value
            return result
        with Cut(TimeoutError, self._seconds):
            return (yield from _from(waits_for, steps))


def _from(waits_for: Any, steps: Generator[Any, Any, T]) -> Generator[Any, Any, T]:
    """All that is waited for, this first."""
    try:
        yield waits_for
    except BaseException:
        # It ends where it waits.
        steps.close()
        raise
    return (yield from steps)
