"""When a demo account sends: in its own working hours mostly, less at weekends, least at night."""

import random
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

PERIOD = timedelta(days=30)

_HOUR = timedelta(hours=1)
_SATURDAY = 5
_WEEKEND = 0.25
# How busy each hour of a day is, from midnight on.
_BUSY = (1, 1, 1, 1, 1, 2, 5, 12, 30, 44, 48, 42, 28, 38, 46, 42, 34, 20, 10, 8, 6, 4, 2, 2)


def sending_times(rng: random.Random, zone: ZoneInfo, until: datetime, count: int) -> list[datetime]:
    """So many instants of the 30 days before `until`, oldest first, whole seconds."""
    hours = [until - number * _HOUR for number in range(1, PERIOD // _HOUR + 1)]
    starts = rng.choices(hours, [_busyness(hour.astimezone(zone)) for hour in hours], k=count)
    return sorted(start + timedelta(seconds=rng.randrange(3_600)) for start in starts)


def _busyness(local: datetime) -> float:
    return _BUSY[local.hour] * (_WEEKEND if local.weekday() >= _SATURDAY else 1)
