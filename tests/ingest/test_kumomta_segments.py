"""KumoMTA's log segments: packed or plain, ended or growing, one after the other or side by side."""

import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import zstandard

from ingest.errors import UnreadableFile
from ingest.kumomta_segments import Segments

EARLIER, LATER = "20261123-180000.440526026", "20261123-180010"
ENOUGH = 100


def packed(content: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(content)


Reading = Callable[..., Segments]


@pytest.fixture
def reading() -> Iterator[Reading]:
    """Makes segments, and lets go of their files in the end."""
    made: list[Segments] = []

    def make(*arguments: Any, **options: Any) -> Segments:
        made.append(Segments(*arguments, **options))
        return made[-1]

    yield make
    for segments in made:
        segments.close()


def all_lines(segments: Segments, most: int = ENOUGH) -> list[bytes]:
    lines: list[bytes] = []
    while more := segments.lines(most):
        lines += more
    return lines


@pytest.fixture(params=[packed, bytes], ids=["zstd", "plain"])
def form(request: pytest.FixtureRequest) -> Callable[[bytes], bytes]:
    return request.param  # type: ignore[no-any-return]  # One of the two above.


def test_a_directory_is_read_in_the_order_of_its_names(
    reading: Reading, tmp_path: Path, form: Callable[[bytes], bytes]
) -> None:
    (tmp_path / LATER).write_bytes(form(b"three\n"))
    (tmp_path / EARLIER).write_bytes(form(b"one\ntwo\n"))
    (tmp_path / ".hidden").write_bytes(b"no log\n")
    segments = reading(tmp_path)
    assert segments.lines(ENOUGH) == [b"one\n", b"two\n", b"three\n"]
    assert [segments.origin(index) for index in range(3)] == [
        (str(tmp_path / EARLIER), 1),
        (str(tmp_path / EARLIER), 2),
        (str(tmp_path / LATER), 1),
    ]
    assert segments.lines(ENOUGH) == []
    assert segments.place.position == len(b"one\ntwo\nthree\n")


@pytest.mark.parametrize("most", [1, 2, ENOUGH])
def test_reading_goes_on_where_it_was_left(
    reading: Reading, tmp_path: Path, form: Callable[[bytes], bytes], most: int
) -> None:
    (tmp_path / EARLIER).write_bytes(form(b"one\ntwo\n"))
    (tmp_path / LATER).write_bytes(form(b"three\nfour\n"))
    read, state, place = list[bytes](), "{}", reading(tmp_path).place
    for _ in range(4):
        segments = reading(tmp_path, place, state)
        read += segments.lines(most)
        state, place = segments.state(), segments.place
        segments.close()
    assert read == [b"one\n", b"two\n", b"three\n", b"four\n"]


def test_what_is_appended_is_read_as_soon_as_its_line_is_whole(reading: Reading, tmp_path: Path) -> None:
    file = tmp_path / EARLIER
    segments = reading(tmp_path, waits=True)
    for piece, lines in [(b"", []), (b"on", []), (b"e\ntw", [b"one\n"]), (b"o\n", [b"two\n"])]:
        with file.open("ab") as writing:
            writing.write(piece)
        assert segments.lines(ENOUGH) == lines


def test_of_a_frame_that_is_not_ended_what_is_there_is_read(reading: Reading, tmp_path: Path) -> None:
    file, packing = tmp_path / EARLIER, zstandard.ZstdCompressor().compressobj()
    segments = reading(tmp_path)
    file.write_bytes(b"")
    assert segments.lines(ENOUGH) == []
    flushed = packing.compress(b"one\ntw") + packing.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
    lines = list[bytes]()
    for end in range(1, len(flushed) + 1):
        file.write_bytes(flushed[:end])
        lines += segments.lines(ENOUGH)
    assert lines == [b"one\n"]
    file.write_bytes(flushed + packing.compress(b"o\nthree\n") + packing.flush())
    assert segments.lines(ENOUGH) == [b"two\n", b"three\n"]


def test_half_a_line_is_given_when_nothing_will_be_added_to_its_file(
    reading: Reading, tmp_path: Path, form: Callable[[bytes], bytes]
) -> None:
    first = tmp_path / EARLIER
    first.write_bytes(form(b"one\nha"))
    segments = reading(tmp_path)
    assert segments.lines(ENOUGH) == [b"one\n"]
    (tmp_path / LATER).write_bytes(form(b"two\nhal"))
    assert segments.lines(ENOUGH) == [b"ha", b"two\n"]
    (tmp_path / LATER).chmod(stat.S_IRUSR)
    assert segments.lines(ENOUGH) == [b"hal"]
    assert all_lines(reading(tmp_path, segments.place, segments.state())) == []


def test_segments_of_different_suffixes_grow_side_by_side(reading: Reading, tmp_path: Path) -> None:
    received, sent = tmp_path / f"{EARLIER}_recv", tmp_path / f"{LATER}_trans"
    received.write_bytes(b"one\n")
    sent.write_bytes(b"two\n")
    segments = reading(tmp_path)
    assert segments.lines(ENOUGH) == [b"one\n", b"two\n"]
    with received.open("ab") as writing:
        writing.write(b"three\n")
    assert segments.lines(ENOUGH) == [b"three\n"]


def test_segments_that_were_read_may_be_deleted(reading: Reading, tmp_path: Path) -> None:
    (tmp_path / EARLIER).write_bytes(packed(b"one\n"))
    segments = reading(tmp_path)
    assert segments.lines(ENOUGH) == [b"one\n"]
    (tmp_path / EARLIER).unlink()
    assert segments.lines(ENOUGH) == []
    (tmp_path / LATER).write_bytes(packed(b"two\n"))
    assert segments.lines(ENOUGH) == [b"two\n"]


def test_a_line_without_end_is_cut(reading: Reading, tmp_path: Path) -> None:
    (tmp_path / LATER).write_bytes(packed(b"x" * (5 << 19) + b"\ntwo\n"))
    assert [len(line) for line in all_lines(reading(tmp_path))] == [1 << 20, 1 << 20, (1 << 19) + 1, 4]


def test_one_file_is_read_alone(reading: Reading, tmp_path: Path) -> None:
    (tmp_path / EARLIER).write_bytes(packed(b"one\n"))
    (tmp_path / LATER).write_bytes(packed(b"two\n"))
    assert all_lines(reading(tmp_path / LATER)) == [b"two\n"]


def test_a_damaged_file_is_told(reading: Reading, tmp_path: Path) -> None:
    file = tmp_path / EARLIER
    file.write_bytes(packed(b"one\n")[:-3] + b"\xff\xff\xff\xff\xff\xff")
    with pytest.raises(UnreadableFile, match=f"{file}: the compressed file is damaged"):
        all_lines(reading(tmp_path))


def test_a_file_that_lost_lines_is_told(reading: Reading, tmp_path: Path) -> None:
    file = tmp_path / EARLIER
    file.write_bytes(b"one\ntwo\n")
    segments = reading(tmp_path)
    segments.lines(ENOUGH)
    file.write_bytes(b"one\n")
    with pytest.raises(UnreadableFile, match="shorter than what was read of it"):
        reading(tmp_path, segments.place, segments.state()).lines(ENOUGH)


def test_a_path_that_is_not_there_is_told_unless_it_is_waited_for(reading: Reading, tmp_path: Path) -> None:
    missing = tmp_path / "kumomta"
    with pytest.raises(UnreadableFile, match="there is no such file or directory"):
        reading(missing).lines(ENOUGH)
    waiting = reading(missing, waits=True)
    assert waiting.lines(ENOUGH) == []
    missing.mkdir()
    (missing / EARLIER).write_bytes(b"one\n")
    assert waiting.lines(ENOUGH) == [b"one\n"]
