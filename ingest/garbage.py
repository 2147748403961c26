"""How often Python looks for cycles of garbage: a batch makes none, and its many objects would all be gone through."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

# New objects that are still there: some batches' worth. The usual 700 come every few messages.
_NEW_OBJECTS = 100_000


@contextmanager
def rarely_collected() -> Iterator[None]:
    """Look seldom meanwhile, and never at what was there before (the program itself)."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
