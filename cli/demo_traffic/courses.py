"""The courses that a recipient's message takes in the demo: what is reported of it, how often, and when."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from cli.demo_traffic import answers
from cli.demo_traffic.answers import Answer
from models.status import Status

# The relay tries again after this, and then after twice as long each time, up to the longest wait.
_FIRST_WAIT = timedelta(minutes=5)
_LONGEST_WAIT = timedelta(hours=12)
# Then it gives up.
QUEUE_LIFETIME = timedelta(days=5)
# When a bounce message comes back after a delivery, in seconds.
_LATE = range(3_600, 30 * 3_600)

_ONCE = range(1, 2)
_ALWAYS = range(1_000, 1_001)


class Step(NamedTuple):
    """The same report so many times; `out_of_band` is a bounce message that comes back after a delivery."""

    status: Status
    answers: tuple[Answer, ...]
    times: range = _ONCE
    out_of_band: bool = False


class Report(NamedTuple):
    """One thing that is said of a recipient's message."""

    at: datetime
    status: Status
    answer: Answer
    out_of_band: bool


Course = tuple[Step, ...]
"""Steps in their order. One whose last is DEFERRED waits until its message expires."""

_TAKEN = Step(Status.DELIVERED, answers.TAKEN)

TAKES: Course = (_TAKEN,)
GREYLISTS: Course = (Step(Status.DEFERRED, answers.GREYLISTED, times=range(1, 3)), _TAKEN)
IS_BUSY: Course = (Step(Status.DEFERRED, answers.BUSY, times=range(1, 7)), _TAKEN)
IS_UNREACHABLE: Course = (Step(Status.DEFERRED, answers.UNREACHABLE, times=_ALWAYS),)
IS_BROKEN: Course = (Step(Status.DEFERRED, answers.BROKEN, times=_ALWAYS),)
IS_FULL: Course = (Step(Status.DEFERRED, answers.FULL, times=_ALWAYS),)
IS_UNKNOWN: Course = (Step(Status.HARD_BOUNCE, answers.UNKNOWN),)
IS_CLOSED: Course = (Step(Status.HARD_BOUNCE, answers.CLOSED),)
IS_GUARDED: Course = (Step(Status.HARD_BOUNCE, answers.GUARDED),)
HAS_NO_DOMAIN: Course = (Step(Status.HARD_BOUNCE, answers.NO_DOMAIN),)
REFUSES_CONTENT: Course = (Step(Status.HARD_BOUNCE, answers.REFUSED_CONTENT),)
IS_UNKNOWN_AFTER_DAYS: Course = (
    Step(Status.DEFERRED, answers.BUSY, times=range(8, 11)),
    Step(Status.HARD_BOUNCE, answers.UNKNOWN),
)
BOUNCES_LATE: Course = (_TAKEN, Step(Status.HARD_BOUNCE, answers.UNKNOWN, out_of_band=True))
IS_FULL_LATE: Course = (_TAKEN, Step(Status.SOFT_BOUNCE, answers.FULL, out_of_band=True))
IS_MISTYPED: Course = (Step(Status.REJECTED, answers.MISTYPED),)


def is_refused(course: Course) -> bool:
    """Whether the relay refuses the recipient at its own door."""
    return course[0].status is Status.REJECTED


def is_put_off(course: Course) -> bool:
    """Whether the first attempt is put off."""
    return course[0].status is Status.DEFERRED


def waits_to_the_end(course: Course) -> bool:
    """Whether only the message's expiry ends the waiting."""
    return course[-1].status is Status.DEFERRED


def reports(course: Course, start: datetime, rng: random.Random) -> Iterator[Report]:
    """What is reported from the first attempt on, as long as the relay tries."""
    at, wait = start, _FIRST_WAIT
    for step in course:
        answer = rng.choice(step.answers)
        late = timedelta(seconds=rng.choice(_LATE)) if step.out_of_band else timedelta()
        for _ in range(rng.choice(step.times)):
            if at >= start + QUEUE_LIFETIME:
                return
            yield Report(at + late, step.status, answer, step.out_of_band)
            at += wait
            wait = min(2 * wait, _LONGEST_WAIT)
