"""Reads whole Postfix logs: gives each its clock and its parser, and the pipeline their events."""

import os
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from ingest.log_file import STANDARD_INPUT, open_log
from ingest.pipeline import Pipeline, Progress, no_progress
from ingest.postfix_apart import reading_apart
from ingest.postfix_parsing import PostfixParsing
from ingest.tally import Tally

# From this size on, in bytes as it lies on the disk, a log is worth a second process, which takes a tenth of a second
# to start.
LARGE = 4 << 20


@dataclass(frozen=True, slots=True)
class PostfixReader:
    """`year` is that of each log's first line, `time_zone` its clock's; None: learned from the log where it tells.

    A file of `large` bytes and more is parsed by a process of its own, where there is a second core for it.
    """

    pipeline: Pipeline
    inner_relays: frozenset[str] = frozenset()
    year: int | None = None
    time_zone: tzinfo | None = None
    large: int = LARGE

    async def read(self, name: str, tally: Tally, progress: Progress = no_progress) -> None:
        """Record a log, given by its path or `-`; raises UnreadableFile, UndatedLog."""
        if self._is_large(name) and (zone := _name_of(self.time_zone)) is not None:
            parsing = PostfixParsing(self.inner_relays, self.year, zone)
            with reading_apart(name, parsing, self.pipeline.lines_per_batch) as (log, batches):
                await self.pipeline.record(log, batches, tally, progress)
            return
        with open_log(name) as file:
            parsing = PostfixParsing(self.inner_relays, self.year)
            await self.pipeline.read(file, parsing.parser(file, self.time_zone), tally, progress)

    def _is_large(self, name: str) -> bool:
        path = Path(name)
        if name == STANDARD_INPUT or not path.is_file() or (os.cpu_count() or 1) == 1:
            return False
        return path.stat().st_size >= self.large


def _name_of(zone: tzinfo | None) -> str | None:
    """What another process knows a zone by, "" for none; None for a zone that has no name."""
    if zone is None:
        return ""
    return zone.key if isinstance(zone, ZoneInfo) else None
