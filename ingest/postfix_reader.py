"""Reads whole Postfix logs: gives each its clock and its parser, and the pipeline their events."""

from dataclasses import dataclass
from datetime import tzinfo

from ingest.log_file import LogFile, open_log
from ingest.pipeline import Pipeline, Progress, no_progress
from ingest.postfix import PostfixParser
from ingest.postfix_clock import learn_clock
from ingest.syslog import SyslogClock
from ingest.tally import Tally

# How far into a log a long queue id is looked for, to learn the year and the zone from.
_LINES_TO_LEARN_FROM = 1_000


@dataclass(frozen=True, slots=True)
class PostfixReader:
    """`year` is that of each log's first line, `time_zone` its clock's; None: learned from the log where it tells."""

    pipeline: Pipeline
    inner_relays: frozenset[str] = frozenset()
    year: int | None = None
    time_zone: tzinfo | None = None

    async def read(self, name: str, tally: Tally, progress: Progress = no_progress) -> None:
        """Record a log, given by its path or `-`; raises UnreadableFile, UndatedLog."""
        with open_log(name) as log:
            await self.pipeline.read(log, PostfixParser(self._clock(log), self.inner_relays), tally, progress)

    def _clock(self, log: LogFile) -> SyslogClock:
        clock = SyslogClock(self.year, self.time_zone)
        if not clock.is_complete and (learned := learn_clock(log.peek(_LINES_TO_LEARN_FROM))) is not None:
            clock.complete(learned.year, learned.time_zone)
        return clock
