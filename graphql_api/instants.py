"""Instants as the API writes them: RFC 3339, with the offset of a time zone and exactly three fractional digits."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTES_A_DAY, _SECONDS_A_MINUTE = 1_440, 60
_LAST_OF_MINUTE = timedelta(seconds=_SECONDS_A_MINUTE, microseconds=-1)
_SECONDS = [f"{second:02}." for second in range(_SECONDS_A_MINUTE)]
_MILLISECONDS = [f"{millisecond:03}" for millisecond in range(1_000)]
# Pages repeat minutes of the same days: what these hold is worth a few hundred kilobytes a zone.
_MOST_MINUTES, _MOST_ZONES = 2_000, 100


class Instants:
    """Writes instants in one time zone; what is the same within a minute is made once."""

    def __init__(self, time_zone: ZoneInfo) -> None:
        self._time_zone = time_zone
        self._minutes: dict[int, tuple[str, str]] = {}

    def text(self, instant: datetime) -> str:
        """As `isoformat` writes it to the millisecond, what is smaller cut off, in this zone."""
        since = instant - _EPOCH
        minute, second = divmod(since.seconds, _SECONDS_A_MINUTE)
        minute += since.days * _MINUTES_A_DAY
        around = self._minutes.get(minute) or self._learn(minute)
        if around is None:
            return instant.astimezone(self._time_zone).isoformat(timespec="milliseconds")
        head, tail = around
        return head + _SECONDS[second] + _MILLISECONDS[since.microseconds // 1_000] + tail

    def _learn(self, minute: int) -> tuple[str, str] | None:
        """What stands before and after the seconds; None where the offset has seconds, or changes within the minute."""
        start = (_EPOCH + timedelta(minutes=minute)).astimezone(self._time_zone)
        end = (_EPOCH + timedelta(minutes=minute) + _LAST_OF_MINUTE).astimezone(self._time_zone)
        if start.second or start.utcoffset() != end.utcoffset():
            return None
        if len(self._minutes) >= _MOST_MINUTES:
            self._minutes.clear()
        text, digits = start.isoformat(timespec="minutes"), len("2026-11-23T12:30")
        around = self._minutes[minute] = f"{text[:digits]}:", text[digits:]
        return around


@lru_cache(_MOST_ZONES)
def instants_in(time_zone: ZoneInfo) -> Instants:
    """The one of a zone."""
    return Instants(time_zone)
