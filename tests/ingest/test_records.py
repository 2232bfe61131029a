"""Records as files: read as they are, and written so that nothing is lost."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from feedsvc.errors import ConflictError, DiskError
from feedsvc.ingest.files import GONE
from feedsvc.ingest.records import RecordBytes, RecordFolder, RecordWrite


@pytest.fixture
def records(tmp_path: Path) -> RecordFolder:
    (tmp_path / "a.md").write_bytes(b"A")
    return RecordFolder(tmp_path, 10)


def test_a_file_is_read_with_its_stamp(records: RecordFolder) -> None:
    assert records.read("a.md") == RecordBytes(records.stamp("a.md"), b"A")
    assert records.missing(["a.md", "b.md"]) == {"b.md"}
    assert records.changed_after(7) == (0, ())


def test_a_file_that_cannot_be_read_has_a_reason(records: RecordFolder, tmp_path: Path) -> None:
    missing = RecordBytes(GONE, None, "cannot be read: No such file or directory")
    assert records.read("b.md") == missing
    assert records.digest("b.md") == ""
    (tmp_path / "long.md").write_bytes(b"x" * 11)
    reason = "is 11 bytes long; [articles] max_bytes is 10"
    assert records.read("long.md") == RecordBytes(records.stamp("long.md"), None, reason)


def test_one_file_that_cannot_be_written_stops_no_other(
    records: RecordFolder, tmp_path: Path
) -> None:
    writes = [RecordWrite(it, None, b"new") for it in ("a.md", "a.md/b.md", "b.md")]
    errors = records.save_many(writes)
    assert [type(it) for it in errors] == [ConflictError, ConflictError, type(None)]
    assert {it.name: it.read_bytes() for it in tmp_path.iterdir()} == {"a.md": b"A", "b.md": b"new"}


def test_a_full_disk_is_named(records: RecordFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(DiskError, match=r"articles/b\.md: cannot be written: No space left"):
        records.save(RecordWrite("b.md", None, b"new"))
    assert not records.exists("b.md")


def test_a_file_is_moved_into_a_new_folder_and_deleted(records: RecordFolder) -> None:
    records.move("a.md", "world/a.md")
    assert [*records.paths()] == ["world/a.md"]
    records.delete("world/a.md")
    assert [*records.paths()] == []
