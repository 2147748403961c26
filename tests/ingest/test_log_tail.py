"""A log that grows: rotated by renaming, by copying and cutting, compressed, absent; read on from any place."""

import gzip
import os
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import UnreadableFile
from ingest.log_file import LONGEST_LINE, fingerprint_of
from ingest.log_tail import BEGINNING, LogTail, Place, bytes_behind


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "mail.log"


def append(path: Path, *lines: bytes) -> None:
    with path.open("ab") as file:
        file.write(b"".join(lines))


def rename(path: Path) -> None:
    """As logrotate does."""
    move_on(path)
    path.rename(path.with_name(f"{path.name}.1"))


def copy_and_cut(path: Path) -> None:
    """As logrotate does with `copytruncate`."""
    move_on(path)
    shutil.copy2(path, path.with_name(f"{path.name}.1"))
    os.truncate(path, 0)


def move_on(path: Path) -> None:
    """Give the files before their next number."""
    for number in range(40, 0, -1):
        for suffix in ("", ".gz"):
            old = path.with_name(f"{path.name}.{number}{suffix}")
            if old.exists():
                old.rename(path.with_name(f"{path.name}.{number + 1}{suffix}"))


def compress(path: Path) -> None:
    packed = path.with_name(f"{path.name}.gz")
    packed.write_bytes(gzip.compress(path.read_bytes()))
    written = path.stat().st_mtime_ns
    os.utime(packed, ns=(written, written))
    path.unlink()


def everything(tail: LogTail) -> list[bytes]:
    """What there is now."""
    lines = []
    while some := tail.lines(2):
        lines += some
    return lines


def test_lines_come_as_they_are_written_and_halves_when_they_are_whole(path: Path) -> None:
    tail = LogTail(path)
    append(path, b"one\n", b"tw")
    assert everything(tail) == [b"one\n"]
    append(path, b"o\nthree\n")
    assert everything(tail) == [b"two\n", b"three\n"]
    assert everything(tail) == []
    assert tail.place == Place(fingerprint_of(b"one\n"), 14)
    tail.close()


def test_a_log_that_is_not_there_yet_is_waited_for(path: Path) -> None:
    tail = LogTail(path)
    assert everything(tail) == []
    path.touch()
    append(path, b"hal")
    assert everything(tail) == []
    assert tail.place == BEGINNING
    append(path, b"f\n")
    assert everything(tail) == [b"half\n"]
    tail.close()


def test_a_renamed_log_is_read_to_its_end_before_the_new_one(path: Path) -> None:
    tail = LogTail(path)
    append(path, b"one\n")
    assert everything(tail) == [b"one\n"]
    rename(path)
    append(path.with_name("mail.log.1"), b"two\n")
    path.touch()
    assert everything(tail) == [b"two\n"]
    # The mail server writes to the old file until it is told.
    append(path.with_name("mail.log.1"), b"three\n", b"cut off")
    append(path, b"four\n")
    assert everything(tail) == [b"three\n", b"cut off", b"four\n"]
    tail.close()


def test_a_renamed_log_that_is_deleted_at_once_is_read_to_its_end(path: Path) -> None:
    tail = LogTail(path)
    append(path, b"one\n")
    assert everything(tail) == [b"one\n"]
    append(path, b"two\n")
    path.unlink()
    append(path, b"three\n")
    assert everything(tail) == [b"two\n", b"three\n"]
    tail.close()


def test_a_log_that_is_copied_and_cut_is_read_on_in_the_copy(path: Path) -> None:
    tail = LogTail(path)
    append(path, b"one\n")
    assert everything(tail) == [b"one\n"]
    append(path, b"two\n")
    copy_and_cut(path)
    append(path, b"new\n")
    assert everything(tail) == [b"two\n", b"new\n"]
    tail.close()


def test_a_log_that_was_cut_and_has_grown_longer_is_told_by_its_first_line(path: Path) -> None:
    tail = LogTail(path)
    append(path, b"one\n")
    assert everything(tail) == [b"one\n"]
    copy_and_cut(path)
    append(path, b"much longer than before\n")
    assert everything(tail) == [b"much longer than before\n"]
    tail.close()


def test_reading_goes_on_through_rotations_that_happened_meanwhile(path: Path) -> None:
    append(path, b"one\n", b"two\n")
    tail = LogTail(path)
    assert tail.lines(1) == [b"one\n"]
    tail.close()
    for lines in ((b"three\n", b"four"), (b"five\n",), (b"six\n",)):
        rename(path)
        append(path, *lines)
    compress(path.with_name("mail.log.3"))
    # Somebody else's files.
    append(path.with_name("mail.log.save"), b"other\n")
    append(path.with_name("mail.err.1"), b"other\n")
    later = LogTail(path, tail.place)
    assert everything(later) == [b"two\n", b"three\n", b"four", b"five\n", b"six\n"]
    later.close()


def test_a_file_that_is_just_being_compressed_counts_once(path: Path) -> None:
    append(path, b"one\n")
    tail = LogTail(path)
    assert everything(tail) == [b"one\n"]
    rename(path)
    append(path, b"two\n")
    rename(path)
    path.with_name("mail.log.1.gz").write_bytes(gzip.compress(b"two\n"))
    path.with_name("mail.log.2.gz").write_bytes(gzip.compress(b"one\n")[:12])
    append(path, b"three\n")
    assert everything(tail) == [b"two\n", b"three\n"]
    tail.close()


def test_a_place_that_is_gone_is_told_and_reading_begins_at_the_new_file(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    append(path, b"new\n")
    tail = LogTail(path, Place(fingerprint_of(b"one\n"), 4))
    assert everything(tail) == [b"new\n"]
    assert caplog.messages == [
        f"{path}: the file that was read to byte 4 is gone; reading on at the beginning of the new one."
    ]
    tail.close()


def test_a_log_that_is_shorter_than_its_place_is_another_one(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    append(path, b"one\n")
    tail = LogTail(path, Place(fingerprint_of(b"one\n"), 40))
    assert everything(tail) == [b"one\n"]
    assert "is gone" in caplog.text
    tail.close()


def test_a_line_without_end_is_cut(path: Path) -> None:
    append(path, b"x" * LONGEST_LINE, b"y")
    tail = LogTail(path)
    assert everything(tail) == [b"x" * LONGEST_LINE]
    assert bytes_behind(path, tail.place) == 1
    tail.close()


def test_what_is_still_to_be_read_is_counted_through_rotations(path: Path) -> None:
    append(path, b"one\n", b"two\n", b"thr")
    place = Place(fingerprint_of(b"one\n"), 4)
    assert bytes_behind(path, place) == 7
    rename(path)
    append(path, b"four\n")
    assert bytes_behind(path, place) == 12
    compress(path.with_name("mail.log.1"))
    assert bytes_behind(path, place) is None
    assert bytes_behind(path, Place(fingerprint_of(b"three\n"), 4)) is None


def test_a_damaged_and_a_forbidden_file_are_named(path: Path) -> None:
    packed = gzip.compress(b"".join(b"%d\n" % number for number in range(100_000)))
    append(path, packed[: len(packed) // 2])
    tail = LogTail(path)
    with pytest.raises(UnreadableFile, match="damaged or cut"):
        everything(tail)
    tail.close()
    later = LogTail(path, Place(fingerprint_of(b"0\n"), 500_000))
    with pytest.raises(UnreadableFile, match="damaged or cut"):
        everything(later)
    later.close()
    path.unlink()
    path.mkdir()
    with pytest.raises(UnreadableFile, match="Is a directory"):
        everything(tail)


WRITTEN = st.lists(st.sampled_from(["line", "half", "read", "restart", "rename", "cut", "compress"]), max_size=40)


@given(WRITTEN)
def test_each_line_is_read_once_whatever_happens_to_the_files(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str]
) -> None:
    path = tmp_path_factory.mktemp("logs") / "mail.log"
    tail = LogTail(path)
    written, read = b"", b""
    clock = 0
    for number, step in enumerate(["line", "read", *steps, "line", "read"]):
        clock += 1_000_000_000
        if step in ("line", "half"):
            text = b"%d\n" % number if step == "line" else b"%d-" % number
            append(path, text)
            os.utime(path, ns=(clock, clock))
            written += text
        elif step == "read":
            read += b"".join(everything(tail))
        elif step == "restart":
            tail.close()
            tail = LogTail(path, tail.place)
        elif step == "compress" and path.with_name("mail.log.1").exists():
            compress(path.with_name("mail.log.1"))
        # A file is known by its first line; one without goes unread, and nobody rotates it.
        elif step in ("rename", "cut") and path.exists() and b"\n" in path.read_bytes():
            (rename if step == "rename" else copy_and_cut)(path)
    tail.close()
    assert read == written
