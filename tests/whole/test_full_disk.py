"""A real disk that is full: all is read as before, every write says why it fails, and all heals."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from feedsvc.store.shared_memory import open_shared_memory
from tests.conftest import CONFIG, article
from tests.tools.service import Service, until

SIZE = 4_000_000


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    """Return a newsroom's folder, whose state folder is a disk of 4 MB."""
    state = tmp_path / ".feedsvc"
    for folder in (tmp_path / "articles", state):
        folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(state)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a disk")
    (tmp_path / "config.toml").write_text(CONFIG + "[limits]\nrepeats = 10000\n")
    (tmp_path / "articles" / "a.md").write_text(article("First"))
    yield tmp_path
    subprocess.run(["umount", "-l", str(state)], check=True)


def fill(state: Path) -> None:
    """Leave no byte of a disk free."""
    with (state / "other").open("ab", buffering=0) as file:
        for size in (4096, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                pass


def feedsvc(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "feedsvc", *words],
        cwd=root,
        env={**os.environ, "FEEDSVC_CONFIG": str(root / "config.toml")},
        capture_output=True,
        text=True,
        check=False,
    )


READ = ("/rss.xml", "/atom.xml", "/feed.json", "/feeds", "/readyz", "/metrics", "/feeds.opml")


def answers(service: Service) -> dict[str, int]:
    return {path: service.get(path)[0] for path in READ}


GOOD = dict.fromkeys(READ, 200)


def test_on_a_full_disk_all_is_read_each_write_says_so_and_all_heals(root: Path) -> None:
    service = Service(root, "--workers", "2").wait()
    try:
        workers = service.children()
        fill(root / ".feedsvc")
        for _ in range(10):
            assert answers(service) == GOOD
        (root / "articles" / "b.md").write_text(article("Second", "Long. " * 50_000))
        until(lambda: "make room on its disk" in service.log.read_text())
        assert "problem  publishing     for " in service.get("/readyz?verbose")[2]
        assert "feedsvc_publish_failed_seconds 0.0\n" not in service.get("/metrics")[2]
        assert "problem  publisher      nothing could be" in feedsvc(root, "doctor").stdout
        sync = feedsvc(root, "sync")
        assert (sync.returncode, "make room on its disk" in sync.stderr) == (1, True)
        assert answers(service) == GOOD
        assert service.shows("First")
        assert service.children() == workers
        (root / ".feedsvc" / "other").unlink()
        until(lambda: service.shows("Second"), 20)
        assert "ok       publishing     works" in service.get("/readyz?verbose")[2]
        assert "feedsvc_publish_failed_seconds 0.0\n" in service.get("/metrics")[2]
    finally:
        service.end()


def test_a_service_begins_on_a_full_disk_and_counts_without_a_file(root: Path) -> None:
    assert feedsvc(root, "sync").returncode == 0
    (root / ".feedsvc" / "counters").write_bytes(b"")
    os.truncate(root / ".feedsvc" / "counters", 50_000)  # without a block, as earlier versions
    keeper = Service(root, "--workers", "1").wait()
    try:
        (root / ".feedsvc" / "repeats").unlink()
        fill(root / ".feedsvc")
        service = Service(root).wait()
        try:
            assert answers(service) == GOOD
            assert "feedsvc_responses_total" in service.get("/metrics")[2]
        finally:
            service.end()
    finally:
        keeper.end()


def test_memory_without_room_for_its_file_is_private(root: Path) -> None:
    fill(root / ".feedsvc")
    memory = open_shared_memory(root / ".feedsvc" / "counters", 8192)
    memory[8000] = 1
    assert (root / ".feedsvc" / "counters").stat().st_blocks == 0
