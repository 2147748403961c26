"""Learns a log's year and zone from Postfix's long queue ids: they hold the time that some lines are stamped with."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from typing import NamedTuple

from ingest.errors import UnreadableLine
from ingest.syslog import AT_ONCE, YearCount, is_classic, read_classic, read_syslog_line
from models.queue_id import QUEUE_ID, arrival_of

# Written when the queue id is made (client=, uid=) or soon after (message-id=, the headers).
_WRITTEN_AT_ARRIVAL = re.compile(rf"({QUEUE_ID}): (?:client=|uid=|message-id=|info: header )").match
_QUARTER = timedelta(minutes=15)
_WIDEST_OFFSET = timedelta(hours=14)


class LearnedClock(NamedTuple):
    """The year of the log's first classic stamp, and its clock's distance from UTC."""

    year: int
    time_zone: timezone


def learn_clock(lines: Iterable[bytes]) -> LearnedClock | None:
    """What the first lines of a log tell about its stamps; None when no line of them tells.

    The caller bounds the lines. The offset is that of the first telling line; the clock itself follows summer time.
    """
    years = YearCount(0)
    for line in lines:
        try:
            entry = read_syslog_line(line)
        except UnreadableLine:
            continue  # the reading itself counts it
        if not is_classic(entry.stamp):
            continue
        years.pass_over(entry.stamp)
        match = _WRITTEN_AT_ARRIVAL(entry.text)
        arrival = arrival_of(match[1]) if match is not None else None
        if arrival is not None and (learned := _compare(entry.stamp, arrival)) is not None:
            return LearnedClock(learned.year - years.year, learned.time_zone)
    return None


def _compare(stamp: str, arrival: datetime) -> LearnedClock | None:
    for year in (arrival.year - 1, arrival.year, arrival.year + 1):
        try:
            distance = read_classic(stamp, year).replace(tzinfo=UTC) - arrival
        except ValueError:
            continue  # 29 February in another year
        offset = distance // _QUARTER * _QUARTER
        if abs(offset) <= _WIDEST_OFFSET and distance - offset <= AT_ONCE:
            return LearnedClock(year, timezone(offset))
    return None
