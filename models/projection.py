"""Which events decide a recipient's status. Pure: the same in whatever order, and however often, they are read."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

from models.status import WITH_REASON, Status

# What is said of a recipient that expired before any attempt was recorded: the relay's own words.
EXPIRED_UNTRIED = "expired, returned to sender"

_TRIED = frozenset({Status.DEFERRED, Status.DELIVERED, Status.SOFT_BOUNCE, Status.HARD_BOUNCE})
_TAKEN = _TRIED | {Status.ACCEPTED, Status.PENDING}
_OUTCOMES = frozenset(status for status in Status if status.is_outcome)
# What a recipient's server says when it is asked.
ANSWERS = frozenset({Status.DEFERRED, Status.DELIVERED, Status.HARD_BOUNCE})


class RecipientEvent(NamedTuple):
    """One thing that happened to one recipient's message. Times are aware, UTC."""

    occurred_at: datetime
    status: Status
    remote_host: str | None = None
    response: str | None = None
    smtp_code: int | None = None
    enhanced_code: str | None = None
    attempted: bool = False
    out_of_band: bool = False
    tied: bool = True

    @property
    def key(self) -> tuple[datetime, Status, int]:
        """What makes the same event one, however often it is read."""
        return self.occurred_at, self.status, answer_hash(self.remote_host, self.response)


class MessageTimes(NamedTuple):
    """What befell the whole message, and so each of its recipients."""

    arrived_at: datetime
    queued_at: datetime | None = None
    expired_at: datetime | None = None
    refusal: RecipientEvent | None = None


@dataclass(frozen=True, slots=True)
class Projection:
    """A recipient's history (oldest first) and what it comes to; `reason` is the event that says why, if one does."""

    events: tuple[RecipientEvent, ...]
    status: Status
    status_changed_at: datetime
    reason: RecipientEvent | None
    attempt_count: int


# Sorting and comparing ask for the same few again and again.
@lru_cache(maxsize=4096)
def answer_hash(remote_host: str | None, response: str | None) -> int:
    """A signed 64-bit hash of who answered and what."""
    text = f"{remote_host or ''}\n{response or ''}".encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(text, digest_size=8).digest(), signed=True)


def project(times: MessageTimes, reported: Collection[RecipientEvent]) -> Projection:
    """The history and status of one recipient, from what was reported of it and what befell its message.

    `reported` may hold an earlier projection's events: what follows from the message is worked out anew.
    """
    return project_straight(times, reported) or project_weighed(times, reported)


def project_straight(times: MessageTimes, reported: Collection[RecipientEvent]) -> Projection | None:
    """The same of a recipient that went the usual way: taken, queued, tried until an answer, and read in this order.

    Nearly all do. None where anything else has to be weighed.
    """
    if times.expired_at is not None or times.refusal is not None:
        return None
    latest, queued_at = times.arrived_at, times.queued_at
    events = [RecipientEvent(latest, Status.ACCEPTED)]
    if queued_at is not None:
        if queued_at < latest:
            return None
        latest = queued_at
        events.append(RecipientEvent(latest, Status.PENDING))
    progress, attempts = len(events), 0
    for event in reported:
        if event.status is Status.ACCEPTED:
            continue
        at = event.occurred_at
        # In one second the rank decides, and the answers; progress has the lowest.
        if event.status not in ANSWERS or not event.tied or at < latest or (at == latest and len(events) > progress):
            return None
        events.append(event)
        latest = at
        attempts += event.attempted
    last = events[-1]
    since = last.occurred_at if len(events) <= progress + 1 else _start_of_last_run(events)
    return Projection(tuple(events), last.status, since, last if last.status in WITH_REASON else None, attempts)


def project_weighed(times: MessageTimes, reported: Collection[RecipientEvent]) -> Projection:
    """The same of any recipient."""
    own = {event.key: event for event in reported if not follows(event, times)}
    outcomes = [event for event in own.values() if event.status in _OUTCOMES]
    taken = any(event.status in _TAKEN for event in reported)
    progress = _progress(times, own.values()) if taken else []
    if progress and times.refusal is not None and times.refusal.key not in own:
        outcomes.append(times.refusal)
    if progress and times.expired_at is not None:
        outcomes += _expiry(times.expired_at, outcomes)
    deciding = sorted((event for event in outcomes if event.tied), key=_order(times.expired_at)) or progress
    status = deciding[-1].status
    return Projection(
        events=tuple(sorted({event.key: event for event in (*progress, *outcomes)}.values(), key=_order(None))),
        status=status,
        status_changed_at=_start_of_last_run(deciding),
        reason=deciding[-1] if status in WITH_REASON else None,
        attempt_count=sum(event.attempted for event in outcomes),
    )


def _progress(times: MessageTimes, own: Collection[RecipientEvent]) -> list[RecipientEvent]:
    """Taken and queued, for a recipient that the relay took. Neither time depends on which line named the recipient."""
    statuses = {event.status for event in own if event.tied}
    refused = Status.REJECTED in statuses or times.refusal is not None
    queued = [event.occurred_at for event in own if event.status is Status.PENDING]
    if times.queued_at is not None and (statuses & _TRIED or not refused):
        queued.append(times.queued_at)
    accepted = RecipientEvent(times.arrived_at, Status.ACCEPTED)
    return [accepted, RecipientEvent(min(queued), Status.PENDING)] if queued else [accepted]


def follows(event: RecipientEvent, times: MessageTimes) -> bool:
    """Whether an earlier projection made this event from what befell the message: it is worked out anew."""
    if event.status is Status.PENDING:
        return event.occurred_at == times.queued_at
    return event.status is Status.SOFT_BOUNCE and event.occurred_at == times.expired_at and not event.out_of_band


def _expiry(expired_at: datetime, outcomes: list[RecipientEvent]) -> list[RecipientEvent]:
    """The soft bounce of a recipient that still waited when its message expired, with its last deferral's reason."""
    order = _order(expired_at)
    earlier = [event for event in outcomes if event.tied and order(event)[0] <= expired_at]
    last = max(earlier, key=order, default=None)
    if last is None:
        return [RecipientEvent(expired_at, Status.SOFT_BOUNCE, response=EXPIRED_UNTRIED)]
    if last.status is not Status.DEFERRED:
        return []
    return [last._replace(occurred_at=expired_at, status=Status.SOFT_BOUNCE, attempted=False, out_of_band=False)]


def _order(expired_at: datetime | None) -> Callable[[RecipientEvent], tuple[datetime, int, datetime, int]]:
    """By time, then rank, then answer; deferrals that are read after the expiry count as if they came with it."""

    def key(event: RecipientEvent) -> tuple[datetime, int, datetime, int]:
        when = event.occurred_at
        if expired_at is not None and event.status is Status.DEFERRED:
            when = min(when, expired_at)
        return when, event.status.rank, event.occurred_at, event.key[2]

    return key


def _start_of_last_run(ordered: list[RecipientEvent]) -> datetime:
    """When the current status was reached: the first of the last events that agree on it."""
    since = ordered[-1].occurred_at
    for event in reversed(ordered):
        if event.status is not ordered[-1].status:
            break
        since = event.occurred_at
    return since
