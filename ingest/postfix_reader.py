"""Reads whole Postfix logs: gives each its clock and its parser, and the pipeline their events."""

from dataclasses import dataclass
from datetime import tzinfo

from ingest.log_file import open_log
from ingest.pipeline import Pipeline, Progress, no_progress
from ingest.postfix_apart import LARGE, ParserApart, is_worth_a_process, parsing_apart
from ingest.postfix_parsing import PostfixParsing
from ingest.tally import Tally


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

    async def read(
        self, name: str, tally: Tally, progress: Progress = no_progress, begun: ParserApart | None = None
    ) -> None:
        """Record a log, given by its path or `-`; `begun` parses it already. Raises UnreadableFile, UndatedLog."""
        parsing = PostfixParsing.of(self.inner_relays, self.year, self.time_zone)
        if begun is not None:
            await self.pipeline.record(*begun.read(), tally, progress)
        elif parsing is not None and is_worth_a_process(name, self.large):
            with parsing_apart(name, parsing, self.pipeline.lines_per_batch) as apart:
                await self.pipeline.record(*apart.read(), tally, progress)
        else:
            with open_log(name) as file:
                parser = PostfixParsing(self.inner_relays, self.year).parser(file, self.time_zone)
                await self.pipeline.read(file, parser, tally, progress)
