"""The published parts of a file are read like a file of their own."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.model.published_file import ZEROS, ChangedError, Part, PublishedFile, length_of

DATA = bytes(range(200))
PARTS: tuple[Part, ...] = ((0, 10), b"", b"between", (50, 1), (60, 100), (ZEROS, 20), b"end")
PUBLISHED = DATA[:10] + b"between" + DATA[50:51] + DATA[60:160] + bytes(20) + b"end"


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("published") / "file"
    file.write_bytes(DATA)
    return file


def test_it_holds_its_parts_one_after_another(source: Path) -> None:
    with PublishedFile(source.open("rb"), PARTS) as file:
        assert (file.readable(), file.seekable()) == (True, True)
        assert file.read() == PUBLISHED
        assert file.read(1) == b""
        assert file.length == length_of(PARTS) == len(PUBLISHED)


def test_it_is_the_whole_file_without_parts(source: Path) -> None:
    with PublishedFile(source.open("rb"), None) as file:
        assert (file.read(), file.length) == (DATA, len(DATA))


def test_it_may_be_empty(source: Path) -> None:
    with PublishedFile(source.open("rb"), ()) as file:
        assert (file.read(), file.length) == (b"", 0)


@given(st.lists(st.tuples(st.integers(0, 130), st.integers(0, 150)), max_size=8))
def test_it_is_read_from_anywhere(source: Path, steps: list[tuple[int, int]]) -> None:
    with PublishedFile(source.open("rb"), PARTS) as file:
        for place, size in steps:
            assert file.seek(place) == place
            part = file.read(size)
            assert PUBLISHED[place : place + size].startswith(part)
            assert bool(part) == bool(PUBLISHED[place : place + size])
            assert file.tell() == place + len(part)


def test_a_position_counts_from_the_beginning_the_end_or_the_last_one(source: Path) -> None:
    with PublishedFile(source.open("rb"), PARTS) as file:
        assert file.seek(-3, io.SEEK_END) == len(PUBLISHED) - 3
        assert file.read() == b"end"
        assert file.seek(-4, io.SEEK_CUR) == len(PUBLISHED) - 4
        assert file.seek(-999, io.SEEK_CUR) == 0


def test_closing_it_closes_the_newsrooms_file(source: Path) -> None:
    opened = source.open("rb")
    PublishedFile(opened, PARTS).close()
    assert opened.closed


@pytest.mark.parametrize("data", [DATA[:5], DATA + b"more", bytes(200)])
def test_a_file_that_changed_is_not_read_any_further(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "file").write_bytes(DATA)
    with PublishedFile((tmp_path / "file").open("rb"), PARTS) as file:
        assert file.read(5) == DATA[:5]
        (tmp_path / "file").write_bytes(data)
        with pytest.raises(ChangedError, match="it was changed while it was read"):
            file.read(5)


def test_a_file_whose_time_was_set_back_is_not_read_any_further(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(DATA)
    with PublishedFile((tmp_path / "file").open("rb"), PARTS) as file:
        (tmp_path / "file").write_bytes(bytes(200))
        os.utime(tmp_path / "file", ns=(file.status.st_atime_ns, file.status.st_mtime_ns))
        with pytest.raises(ChangedError):
            file.read(5)


def test_a_file_that_gets_another_link_is_read_on(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(DATA)
    with PublishedFile((tmp_path / "file").open("rb"), PARTS) as file:
        (tmp_path / "link").hardlink_to(tmp_path / "file")
        assert file.read() == PUBLISHED
