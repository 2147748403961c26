"""The summary line of a reading."""

from ingest.tally import Tally


def test_the_summary_counts_everything() -> None:
    tally = Tally(lines=1234, events=1000, new_rows=1, changed_rows=2, waiting=3, unattributed=4)
    assert tally.summary() == (
        "1,234 lines, 1,000 events, 1 new row, 2 changed rows, 3 waiting, 4 unattributed, 0 unreadable"
    )


def test_the_first_three_unreadable_lines_are_named() -> None:
    tally = Tally()
    for number in (3, 7, 8):
        tally.note_unreadable("mail.log", number)
    assert tally.summary().endswith("3 unreadable (mail.log:3, mail.log:7, mail.log:8)")
    tally.note_unreadable("mail.log", 9)
    assert tally.summary().endswith("4 unreadable (mail.log:3, mail.log:7, mail.log:8, …)")


def test_dates_out_of_bounds_are_counted() -> None:
    assert "5 too old or ahead of time" in Tally(out_of_bounds=5).summary()
