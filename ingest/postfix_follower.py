"""Reads a Postfix log that grows: learns its clock as lines come, and can be made anew from what it held. No I/O."""

from collections.abc import Iterable, Sequence
from datetime import tzinfo

import msgspec

from ingest.first_recipients import Held
from ingest.postfix import PostfixParser
from ingest.postfix_clock import learn_clock
from ingest.syslog import ClockState, SyslogClock
from models.event import DeliveryEvent


class PostfixState(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is held between two lines."""

    clock: ClockState
    held: list[Held] = []


class PostfixFollower:
    """An adapter that goes on from a `state` as if it had never stopped. `year` is that of the first line of all."""

    def __init__(
        self,
        state: str | None = None,
        inner_relays: frozenset[str] = frozenset(),
        year: int | None = None,
        time_zone: tzinfo | None = None,
    ) -> None:
        known = PostfixState(ClockState()) if state is None else msgspec.json.decode(state, type=PostfixState)
        self._clock = SyslogClock(year, time_zone, known.clock)
        self._parser = PostfixParser(self._clock, inner_relays, known.held)

    def look_ahead(self, lines: Sequence[bytes]) -> None:
        """Learn what is not known of the clock from the lines that come next."""
        if not self._clock.is_complete and (learned := learn_clock(lines)) is not None:
            self._clock.complete(learned.year, learned.time_zone)

    def parse(self, line: bytes) -> Iterable[DeliveryEvent]:
        """The events of a line; raises UnreadableLine, and UndatedLog."""
        return self._parser.parse(line)

    def state(self) -> str:
        """What another follower needs to go on after the same line, as JSON."""
        return msgspec.json.encode(PostfixState(self._clock.state, self._parser.held())).decode()
