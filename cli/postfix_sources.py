"""Where Postfix's mail is followed: its logs, the journal, the queue; and how each goes on where it was left."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from functools import partial
from pathlib import Path
from socket import gethostname

import typer

from database.source_progress import SourceProgress
from ingest.follow import Followed, ToFollow
from ingest.journal_tail import JournalTail
from ingest.log_file import STANDARD_INPUT, name_of
from ingest.log_tail import BEGINNING, LogTail, Place
from ingest.postfix_follower import PostfixFollower
from ingest.postqueue import PostqueueParser
from ingest.queue_listing import QueueListing
from ingest.tally import Tally


@dataclass(frozen=True, slots=True)
class PostfixLogs:
    """Logs by their paths, and what has to be known to read them. Of several machines' logs, `machine` says whose."""

    files: Sequence[str]
    inner_relays: frozenset[str] = frozenset()
    year: int | None = None
    time_zone: tzinfo | None = None
    machine: str | None = None

    def to_follow(self) -> list[ToFollow]:
        """Each of them once."""
        if STANDARD_INPUT in self.files:
            raise typer.BadParameter("standard input is read to its end, and cannot be followed.")
        return [
            ToFollow(name, partial(self._begin, name, path))
            for path in dict.fromkeys(map(name_of, self.files))
            for name in [path if self.machine is None else f"{self.machine}:{path}"]
        ]

    def adapter(self, state: str | None) -> PostfixFollower:
        """What reads their lines, from that state."""
        return PostfixFollower(state, self.inner_relays, self.year, self.time_zone)

    def _begin(self, name: str, path: str, progress: SourceProgress | None, tally: Tally) -> Followed:
        place, state = BEGINNING, None
        if progress is not None and progress.reader_state is None:
            # It was read as a whole, by what held nothing back: read anew, its lines are known already.
            place = Place(progress.fingerprint)
        elif progress is not None:
            place, state = Place(progress.fingerprint, progress.position), progress.reader_state
        return Followed(name, LogTail(Path(path), place), self.adapter(state), tally)


def postfix_journal(logs: PostfixLogs, *, follow: bool = True) -> ToFollow:
    """This machine's journal. Its entries have a year and are in UTC."""
    name = f"journal of {this_host()}"

    def begin(progress: SourceProgress | None, tally: Tally) -> Followed:
        place = BEGINNING if progress is None else Place(progress.fingerprint, progress.position)
        state = None if progress is None else progress.reader_state
        return Followed(name, JournalTail(place, follow=follow), logs.adapter(state), tally)

    return ToFollow(name, begin)


def postfix_queue(relay: str) -> ToFollow:
    """The queue of this machine, listed now and then."""
    name = queue_name(relay)
    return ToFollow(name, lambda _, tally: Followed(name, QueueListing(), PostqueueParser(relay), tally))


def queue_name(relay: str) -> str:
    """What the queue is called among the sources."""
    return f"queue of {relay}"


def this_host() -> str:
    """This machine as syslog names it (RFC 3164): without its domain."""
    return gethostname().partition(".")[0]
