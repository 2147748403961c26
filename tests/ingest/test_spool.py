"""The spool: a batch is there whole or not at all, and each source goes on where the last one ended."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from database.source_progress import SourceProgress
from ingest.delivery_events import DeliveryEventParser
from ingest.errors import UnreadableFile
from ingest.spool import Spool, SpoolBusy, open_spool
from models.event import Removed

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
REMOVED = Removed(relay="relay1", queue_id="4F2B31C0A1", occurred_at=NOW)
MUCH = 10**6


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    with open_spool(tmp_path / "spool", MUCH) as spool:
        yield spool


def progress(position: int, name: str = "mail.log") -> SourceProgress:
    return SourceProgress(name, "f", position, reader_state="held")


async def test_what_is_kept_is_given_in_its_order_with_its_place(spool: Spool) -> None:
    assert spool.oldest() is None
    assert spool.progress("mail.log") is None
    for position in range(1, 12):
        await spool.record([REMOVED] * position, progress(position), NOW)
    assert spool.progress("mail.log") == progress(11)
    for position in range(1, 12):
        batch = spool.oldest()
        assert batch is not None
        assert batch.progress == progress(position)
        assert [DeliveryEventParser().parse(line) for line in batch.lines] == [[REMOVED]] * position
        spool.posted(batch, [])
    assert spool.oldest() is None


async def test_another_process_goes_on_where_this_one_ended(tmp_path: Path) -> None:
    with open_spool(tmp_path, MUCH) as spool:
        await spool.record([REMOVED], progress(1), NOW)
        await spool.record([REMOVED], progress(7, "other.log"), NOW)
        await spool.record([], progress(2), NOW)
        first = spool.oldest()
        assert first is not None
        spool.posted(first, [])
    with open_spool(tmp_path, MUCH) as spool:
        assert (spool.progress("mail.log"), spool.progress("other.log")) == (progress(2), progress(7, "other.log"))
        for expected in (progress(7, "other.log"), progress(2)):
            batch = spool.oldest()
            assert batch is not None
            assert batch.progress == expected
            spool.posted(batch, [])
    with open_spool(tmp_path, MUCH) as spool:
        assert spool.progress("mail.log") == progress(2)
        await spool.record([REMOVED], progress(3), NOW)
        assert len(spool.waiting()) == 1


def test_half_a_batch_is_none(tmp_path: Path) -> None:
    half = tmp_path / "00000000000000000001.events.half"
    half.write_bytes(b'{"name":"mail.log"')
    with open_spool(tmp_path, MUCH) as spool:
        assert (spool.oldest(), half.exists()) == (None, False)


async def test_it_is_full_at_its_limit(tmp_path: Path) -> None:
    with open_spool(tmp_path, 500) as spool:
        await spool.record([REMOVED], progress(1), NOW)
        assert not spool.is_full
        await spool.record([REMOVED] * 5, progress(2), NOW)
        assert spool.is_full


async def test_lines_that_were_refused_stay(spool: Spool, tmp_path: Path) -> None:
    for line in (b"one\n", b"two\n"):
        await spool.record([REMOVED], progress(1), NOW)
        batch = spool.oldest()
        assert batch is not None
        spool.posted(batch, [line])
    assert (tmp_path / "spool/refused.ndjson").read_bytes() == b"one\ntwo\n"


@pytest.mark.usefixtures("spool")
def test_it_is_one_process_at_a_time(tmp_path: Path) -> None:
    with pytest.raises(SpoolBusy), open_spool(tmp_path / "spool", MUCH):
        pass


def test_a_directory_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UnreadableFile, match="Not a directory"), open_spool(tmp_path / "file/spool", MUCH):
        pass
