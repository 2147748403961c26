"""Logs as they lie about: plain, compressed under any name, on standard input, damaged, absent."""

import gzip
import io
import os
from pathlib import Path

import pytest

from ingest.errors import UnreadableFile
from ingest.log_file import LONGEST_LINE, open_log

LINES = [b"first line\n", b"second line\n", b"third, without its end"]


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    path = tmp_path / "mail.log"
    path.write_bytes(b"".join(LINES))
    return path


@pytest.fixture
def compressed(tmp_path: Path) -> Path:
    path = tmp_path / "mail.log.2"
    path.write_bytes(gzip.compress(b"".join(LINES)))
    return path


def test_a_plain_log_is_read_line_by_line(plain: Path) -> None:
    with open_log(str(plain)) as log:
        assert list(log) == LINES
        assert (log.position, log.raw_position, log.raw_size) == (45, 45, 45)


def test_gzip_is_told_by_its_first_bytes(compressed: Path) -> None:
    with open_log(str(compressed)) as log:
        assert list(log) == LINES
        assert log.position == 45
        assert log.raw_position == log.raw_size == compressed.stat().st_size


def test_standard_input_is_read_and_left_open(monkeypatch: pytest.MonkeyPatch) -> None:
    read_end, write_end = os.pipe()
    os.write(write_end, b"".join(LINES))
    os.close(write_end)
    with io.TextIOWrapper(os.fdopen(read_end, "rb")) as stream:
        monkeypatch.setattr("sys.stdin", stream)
        with open_log("-") as log:
            assert log.raw_size is None
            assert list(log) == LINES
            assert log.raw_position == 45
        assert not stream.buffer.closed


def test_lines_that_were_looked_at_stay_to_be_read(plain: Path) -> None:
    with open_log(str(plain)) as log:
        assert log.peek(2) == LINES[:2]
        assert log.position == 0
        assert list(log) == LINES


def test_a_log_is_known_by_its_first_line(plain: Path, compressed: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.log"
    other.write_bytes(b"another first line\n")
    fingerprints = []
    for path in (plain, compressed, other):
        with open_log(str(path)) as log:
            fingerprints.append(log.fingerprint())
    assert fingerprints[0] == fingerprints[1] != fingerprints[2]


def test_a_log_has_the_same_name_from_wherever_it_is_read(plain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(plain.parent)
    with open_log("mail.log") as log:
        assert log.name == str(plain.resolve())


def test_a_line_without_end_does_not_fill_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "zeros"
    path.write_bytes(b"0" * (2 * LONGEST_LINE + 5))
    with open_log(str(path)) as log:
        assert [len(line) for line in log] == [LONGEST_LINE, LONGEST_LINE, 5]


def test_an_empty_log_has_no_lines(tmp_path: Path) -> None:
    path = tmp_path / "empty"
    path.touch()
    with open_log(str(path)) as log:
        assert list(log) == []


def test_an_absent_log_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"absent\.log: No such file or directory"), open_log("absent.log"):
        pass


@pytest.mark.parametrize("damage", [lambda data: data[:-6], lambda data: data[:12] + b"\xff" * 9 + data[21:]])
def test_a_damaged_compressed_log_is_named(compressed: Path, damage) -> None:  # type: ignore[no-untyped-def]
    compressed.write_bytes(damage(compressed.read_bytes()))
    with open_log(str(compressed)) as log, pytest.raises(UnreadableFile, match=r"mail\.log\.2: .*damaged or cut"):
        list(log)
