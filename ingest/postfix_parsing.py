"""How a whole Postfix log is parsed: which parser it gets, and which clock."""

from datetime import tzinfo
from zoneinfo import ZoneInfo

import msgspec

from ingest.log_file import LogFile
from ingest.postfix import PostfixParser
from ingest.postfix_clock import learn_clock
from ingest.syslog import SyslogClock

# How far into a log a long queue id is looked for, to learn the year and the zone from.
_LINES_TO_LEARN_FROM = 1_000


class PostfixParsing(msgspec.Struct, frozen=True):
    """`year` is that of the log's first line, `zone` the name of its clock's; none: learned from the log."""

    inner_relays: frozenset[str] = frozenset()
    year: int | None = None
    zone: str = ""

    @classmethod
    def of(cls, inner_relays: frozenset[str], year: int | None, time_zone: tzinfo | None) -> "PostfixParsing | None":
        """With the zone of a log's clock, if any; None for one without a name, which no other process could be told."""
        if time_zone is None:
            return cls(inner_relays, year)
        return cls(inner_relays, year, time_zone.key) if isinstance(time_zone, ZoneInfo) and time_zone.key else None

    def parser(self, log: LogFile, time_zone: tzinfo | None = None) -> PostfixParser:
        """A parser for this log; `time_zone` is for a zone that has no name."""
        clock = SyslogClock(self.year, ZoneInfo(self.zone) if self.zone else time_zone)
        if not clock.is_complete and (learned := learn_clock(log.peek(_LINES_TO_LEARN_FROM))) is not None:
            clock.complete(learned.year, learned.time_zone)
        return PostfixParser(clock, self.inner_relays)
