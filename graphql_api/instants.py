"""Instants as the API writes them: RFC 3339, with the offset of a time zone and exactly three fractional digits."""

from collections.abc import Sequence
from datetime import timedelta
from functools import lru_cache
from struct import unpack
from zoneinfo import ZoneInfo

from database.sent import SENT_EPOCH

_SECOND, _QUARTER = 1_000_000, 900_000_000
_QUARTER_LENGTH = timedelta(minutes=15)
_AT_HOUR, _AT_FRACTION = len("2026-11-23T"), len("2026-11-23T12:30:00.")
# What these hold is worth a megabyte a zone, and 300 KB an offset; a year has 35,000 quarters of an hour.
_MOST_QUARTERS, _MOST_ZONES, _MOST_OFFSETS = 10_000, 100, 50


class Instants:
    """Writes instants in one time zone; what is the same within a quarter of an hour is made once.

    All of today's offsets are whole quarters, so that such a quarter is one of local time as well.
    """

    def __init__(self, time_zone: ZoneInfo) -> None:
        self._time_zone = time_zone
        self._quarters: dict[int, tuple[str, Sequence[str]]] = {}

    def texts(self, sent: Sequence[bytes]) -> list[str]:
        """Instants as they are sent (database/sent.py): as `isoformat` writes them, cut to the millisecond."""
        quarters, written = self._quarters, []
        for instant in unpack(f">{len(sent)}q", b"".join(sent)):
            quarter = instant // _QUARTER
            around = quarters.get(quarter) or self._learn(quarter)
            if around is None:
                written.append(self._alone(instant))
                continue
            head, seconds = around
            rest = instant - quarter * _QUARTER
            text = head + seconds[rest // _SECOND]
            if fraction := rest % _SECOND:
                text = f"{text[:_AT_FRACTION]}{fraction // 1_000:03}{text[_AT_FRACTION + 3 :]}"
            written.append(text)
        return written

    def _alone(self, instant: int) -> str:
        at = (SENT_EPOCH + timedelta(microseconds=instant)).astimezone(self._time_zone)
        return at.isoformat(timespec="milliseconds")

    def _learn(self, quarter: int) -> tuple[str, Sequence[str]] | None:
        """What stands before the minutes, and from them on for each second; None where the offset is another kind."""
        first = SENT_EPOCH + timedelta(microseconds=quarter * _QUARTER)
        last = (first + _QUARTER_LENGTH - timedelta(microseconds=1)).astimezone(self._time_zone)
        first = first.astimezone(self._time_zone)
        if first.utcoffset() != last.utcoffset() or first.second or first.minute % 15:
            return None
        if len(self._quarters) >= _MOST_QUARTERS:
            self._quarters.clear()
        text = first.isoformat(timespec="seconds")
        around = self._quarters[quarter] = text[: _AT_HOUR + 3], _seconds(first.minute, text[_AT_FRACTION - 1 :])
        return around


@lru_cache(_MOST_OFFSETS * 4)
def _seconds(minute: int, offset: str) -> Sequence[str]:
    """What follows the hour, for each second of the quarter that begins with this minute."""
    return [f"{minute + second // 60:02}:{second % 60:02}.000{offset}" for second in range(900)]


@lru_cache(_MOST_ZONES)
def instants_in(time_zone: ZoneInfo) -> Instants:
    """The one of a zone."""
    return Instants(time_zone)
