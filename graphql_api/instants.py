"""Instants as the API writes them: RFC 3339, with the offset of a time zone and exactly three fractional digits."""

from collections.abc import Sequence
from datetime import timedelta
from functools import lru_cache
from struct import unpack
from zoneinfo import ZoneInfo

from database.sent import SENT_EPOCH

_SECOND, _MINUTE = 1_000_000, 60_000_000
_SECONDS = [f"{second:02}" for second in range(60)]
_MILLISECONDS = [f".{millisecond:03}" for millisecond in range(1_000)]
# Pages repeat minutes of the same days: what these hold is worth a few hundred kilobytes a zone.
_MOST_MINUTES, _MOST_ZONES = 2_000, 100


class Instants:
    """Writes instants in one time zone; what is the same within a minute is made once."""

    def __init__(self, time_zone: ZoneInfo) -> None:
        self._time_zone = time_zone
        self._minutes: dict[int, tuple[str, str]] = {}

    def texts(self, sent: Sequence[bytes]) -> list[str]:
        """Instants as they are sent (database/sent.py): as `isoformat` writes them, cut to the millisecond."""
        minutes, written = self._minutes, []
        for instant in unpack(f">{len(sent)}q", b"".join(sent)):
            minute, rest = divmod(instant, _MINUTE)
            around = minutes.get(minute) or self._learn(minute)
            if around is None:
                written.append(self._alone(instant))
            else:
                head, tail = around
                second, rest = divmod(rest, _SECOND)
                fraction = _MILLISECONDS[rest // 1_000] if rest else ".000"
                written.append(f"{head}{_SECONDS[second]}{fraction}{tail}")
        return written

    def _alone(self, instant: int) -> str:
        at = (SENT_EPOCH + timedelta(microseconds=instant)).astimezone(self._time_zone)
        return at.isoformat(timespec="milliseconds")

    def _learn(self, minute: int) -> tuple[str, str] | None:
        """What stands before and after the seconds; None where the offset has seconds, or changes within the minute."""
        start = SENT_EPOCH + timedelta(minutes=minute)
        end = (start + timedelta(seconds=60, microseconds=-1)).astimezone(self._time_zone)
        start = start.astimezone(self._time_zone)
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
