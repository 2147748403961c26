"""The summary line of a reading."""

from ingest.errors import UnreadableLine
from ingest.tally import NAMED_LINES, Tally


def test_the_summary_counts_everything() -> None:
    tally = Tally(lines=1234, events=1000, new_rows=1, changed_rows=2, waiting=3, unattributed=4)
    assert tally.summary() == (
        "1,234 lines, 1,000 events, 1 new row, 2 changed rows, 3 waiting, 4 unattributed, 0 unreadable"
    )


def test_unreadable_lines_are_named_with_their_reasons() -> None:
    tally = Tally()
    tally.note_unreadable("mail.log", 3, UnreadableLine("The recipient has no end."))
    assert list(tally.complaints()) == ["mail.log:3: The recipient has no end."]
    assert tally.summary().endswith(", 1 unreadable")


def test_a_file_of_nothing_but_unreadable_lines_does_not_fill_the_memory() -> None:
    tally = Tally()
    for number in range(NAMED_LINES + 1_001):
        tally.note_unreadable("mail.log", number, UnreadableLine())
    *named, rest = tally.complaints()
    assert len(named) == NAMED_LINES
    assert rest == "… and 1,001 more lines that cannot be read."


def test_dates_out_of_bounds_are_counted() -> None:
    assert "5 too old or ahead of time" in Tally(out_of_bounds=5).summary()
