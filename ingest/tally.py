"""What a reading came to."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from ingest.errors import UnreadableLine

# Of a file that is no log at all, more would help nobody.
NAMED_LINES = 100


@dataclass(slots=True)
class Tally:
    """Counts of one reading; `waiting` and `unattributed` are what the store keeps aside after it."""

    lines: int = 0
    events: int = 0
    new_rows: int = 0
    changed_rows: int = 0
    waiting: int = 0
    unattributed: int = 0
    out_of_bounds: int = 0
    unreadable: int = 0
    unreadable_lines: list[str] = field(default_factory=list)

    def note_unreadable(self, source: str, line_number: int, error: UnreadableLine | str) -> None:
        """Count a line that could not be read; the first hundred are named, with the reason."""
        self.unreadable += 1
        if len(self.unreadable_lines) < NAMED_LINES:
            self.unreadable_lines.append(f"{source}:{line_number}: {error}")

    def complaints(self) -> Iterator[str]:
        """A line for people for each line that is left out: `FILE:LINE: reason`."""
        yield from self.unreadable_lines
        if more := self.unreadable - len(self.unreadable_lines):
            yield f"… and {_count(more, 'more line')} that cannot be read."

    def summary(self) -> str:
        """One line for people and logs."""
        parts = [
            _count(self.lines, "line"),
            _count(self.events, "event"),
            _count(self.new_rows, "new row"),
            _count(self.changed_rows, "changed row"),
            f"{self.waiting:,} waiting",
            f"{self.unattributed:,} unattributed",
        ]
        if self.out_of_bounds:
            parts.append(f"{self.out_of_bounds:,} too old or ahead of time")
        return ", ".join([*parts, f"{self.unreadable:,} unreadable"])


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
