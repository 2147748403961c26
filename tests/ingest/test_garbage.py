"""Garbage is looked for seldom while a log is read, and as before afterwards."""

import gc

from ingest.garbage import rarely_collected


def test_what_held_before_holds_again() -> None:
    before = gc.get_threshold()
    with rarely_collected():
        assert gc.get_threshold()[0] > before[0]
        assert gc.get_freeze_count() > 0
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0
