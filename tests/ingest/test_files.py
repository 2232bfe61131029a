"""Which files are records, in which order, and which cannot be read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from feedsvc.ingest import files


def make(root: Path, *paths: str) -> Path:
    for path in paths:
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x")
    return root


@pytest.mark.parametrize("path", ["a.md", "a.json", "world/europe/a.md", "ñandú.md", "a b.md"])
def test_a_file_in_markdown_or_json_is_a_record(path: str) -> None:
    assert files.is_record(path)


@pytest.mark.parametrize(
    "path",
    [
        "a.txt", "a", "md", "a.png", ".a.md", "_a.md", "a.md~", "a.md.tmp", "a.md.swp",
        ".git/a.md", "_drafts/a.md", "world/.a/b.md", "old~/a.md", "x.tmp/a.md", "\udcff.md",
    ],
)  # fmt: skip
def test_any_other_file_is_none(path: str) -> None:
    assert not files.is_record(path)


def test_records_are_walked_in_order_files_before_folders(tmp_path: Path) -> None:
    make(tmp_path, "b.md", "a/z.md", "a/b/c.json", "c.json", "a/a.md", "d/e.md", "a/b.png")
    assert list(files.walk(tmp_path)) == [
        "b.md",
        "c.json",
        "a/a.md",
        "a/z.md",
        "a/b/c.json",
        "d/e.md",
    ]


def test_one_folder_can_be_walked(tmp_path: Path) -> None:
    make(tmp_path, "a.md", "world/b.md", "world/europe/c.md")
    assert list(files.walk(tmp_path, "world")) == ["world/b.md", "world/europe/c.md"]


def test_each_folder_comes_with_the_records_in_it(tmp_path: Path) -> None:
    make(tmp_path, "b.md", "a/z.md", "a/b.png", "a/c/d/e.json", "f.md/g.md", "_h/i.md")
    assert list(files.folders(tmp_path)) == [
        ("", ["b.md"]),
        ("a", ["a/z.md"]),
        ("a/c", []),
        ("a/c/d", ["a/c/d/e.json"]),
        ("f.md", ["f.md/g.md"]),
    ]
    assert [name for name, _ in files.folders(tmp_path, "a/c")] == ["a/c", "a/c/d"]


def test_a_folder_that_cannot_be_read_hides_no_other(tmp_path: Path) -> None:
    make(tmp_path, "a.md", "z/b.md")
    deep = os.open(tmp_path, os.O_RDONLY)
    for _ in range(20):  # until the path is longer than the system takes
        os.mkdir("d" * 250, dir_fd=deep)
        inner = os.open("d" * 250, os.O_RDONLY, dir_fd=deep)
        os.close(deep)
        deep = inner
    os.close(deep)
    closed: list[str] = []
    assert list(files.walk(tmp_path, unreadable=closed)) == ["a.md", "z/b.md"]
    assert {name.strip("d/") for name in closed} == {""}
    assert len(closed) == 1
    with pytest.raises(OSError, match="too long"):
        list(files.walk(tmp_path))


def test_drafts_of_editors_and_hidden_files_are_ignored(tmp_path: Path) -> None:
    make(tmp_path, "a.md", ".a.md", "_a.md", "b.md~", "c.md.tmp", ".d.md.swp", "_e/f.md", ".g/h.md")
    assert list(files.walk(tmp_path)) == ["a.md"]


def test_a_name_that_is_not_utf_8_is_ignored(tmp_path: Path) -> None:
    make(tmp_path, "a.md")
    (Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.md"))).write_bytes(b"x")
    assert list(files.walk(tmp_path)) == ["a.md"]


def test_a_folder_that_is_a_link_is_not_entered(tmp_path: Path) -> None:
    make(tmp_path, "a/b.md")
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    (tmp_path / "again").symlink_to("a")
    assert list(files.walk(tmp_path)) == ["a/b.md"]


def test_a_missing_folder_has_no_records(tmp_path: Path) -> None:
    make(tmp_path, "a.md")
    assert list(files.walk(tmp_path / "none")) == []
    assert list(files.walk(tmp_path / "a.md")) == []


def test_a_stamp_changes_with_the_file(tmp_path: Path) -> None:
    file = make(tmp_path, "a.md") / "a.md"
    before = files.stamp(file)
    assert before == files.stamp(file) == (1, file.stat().st_mtime_ns)
    assert files.stamp(str(file)) == before
    file.write_bytes(b"xy")
    assert files.stamp(file) != before
    file.unlink()
    assert files.stamp(file) == files.GONE
    file.symlink_to(make(tmp_path, "b.md") / "b.md")
    assert files.stamp(file) == files.stamp(tmp_path / "b.md") != files.GONE


def test_a_record_is_read_as_bytes(tmp_path: Path) -> None:
    make(tmp_path, "world/a.md")
    assert files.read(tmp_path, "world/a.md", 1000) == b"x"


def test_a_link_inside_is_followed(tmp_path: Path) -> None:
    make(tmp_path, "a.md")
    (tmp_path / "b.md").symlink_to("a.md")
    assert files.read(tmp_path, "b.md", 1000) == b"x"
    assert list(files.walk(tmp_path)) == ["a.md", "b.md"]


def test_a_link_out_is_refused(tmp_path: Path) -> None:
    make(tmp_path, "secret.md", "articles/a.md")
    (tmp_path / "articles" / "b.md").symlink_to("../secret.md")
    with pytest.raises(ValueError, match=r"^is a link out of articles/; copy the file there$"):
        files.read(tmp_path / "articles", "b.md", 1000)


@pytest.mark.parametrize("kind", ["folder", "pipe"])
def test_anything_but_a_plain_file_is_refused(tmp_path: Path, kind: str) -> None:
    if kind == "folder":
        (tmp_path / "a.md").mkdir()
    else:
        os.mkfifo(tmp_path / "a.md")
    with pytest.raises(ValueError, match=r"^is no plain file$"):
        files.read(tmp_path, "a.md", 1000)


def test_a_file_that_is_gone_or_a_link_to_itself_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "loop.md").symlink_to("loop.md")
    for path in ("gone.md", "loop.md"):
        with pytest.raises(OSError, match=r"."):
            files.read(tmp_path, path, 1000)


def test_a_record_that_is_too_long_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"x" * 1001)
    with pytest.raises(ValueError, match=r"^is 1,001 bytes long; \[articles\] max_bytes is 1,000$"):
        files.read(tmp_path, "a.md", 1000)


@pytest.mark.parametrize(
    ("path", "seen"),
    [
        ("a.md", True),
        ("world/a.md", True),
        ("world", True),
        ("_world/a.md", False),
        ("world/.a.md", False),
        ("a.tmp/b.md", False),
        ("alias/a.md", False),
        ("world/alias/a.md", False),
    ],
)
def test_an_ignored_path_and_one_behind_a_link_are_not_visible(
    tmp_path: Path, path: str, seen: bool
) -> None:
    (tmp_path / "world").mkdir()
    (tmp_path / "alias").symlink_to("world")
    (tmp_path / "world" / "alias").symlink_to(tmp_path)
    assert files.is_visible(tmp_path, path) is seen
