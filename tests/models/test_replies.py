"""What servers of the real world answer, collected with its sources in replies.tsv, and the category of each.

Addresses and hosts are replaced; the words are theirs.
"""

import csv
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest

from models.classifier import classify
from models.reason import ReasonCategory


class Reply(NamedTuple):
    """A line of replies.tsv."""

    smtp_code: str
    enhanced_code: str
    category: str
    source: str
    reply: str

    @property
    def classified(self) -> ReasonCategory:
        """The category that the codes and words come to."""
        return classify(self.reply, int(self.smtp_code) if self.smtp_code else None, self.enhanced_code or None)


def _replies() -> list[Reply]:
    with (Path(__file__).parent / "replies.tsv").open(encoding="utf-8", newline="") as file:
        _heading, *lines = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
    return [Reply(*line) for line in lines]


REPLIES = _replies()


@pytest.mark.parametrize("reply", REPLIES, ids=lambda reply: reply.reply[:60].encode("unicode_escape").decode())
def test_a_real_reply_falls_into_its_category(reply: Reply) -> None:
    assert reply.classified is ReasonCategory(reply.category)


def test_the_collection_is_broad_and_names_its_sources() -> None:
    assert len(REPLIES) == len({reply.reply for reply in REPLIES}) >= 150
    assert set(ReasonCategory) == {ReasonCategory(reply.category) for reply in REPLIES}
    sources = Counter(reply.source for reply in REPLIES)
    assert "" not in sources
    assert len(sources) >= 15
