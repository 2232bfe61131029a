"""Many files are deleted while ``feedsvc serve`` publishes them, and a person accepts that."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import CONFIG, article
from tests.tools.service import Service, until

REFUSED = "the files of 12 of 20 articles are gone at once"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    (tmp_path / "articles/news").mkdir(parents=True)
    (tmp_path / "config.toml").write_text(CONFIG)
    for number in range(20):
        (tmp_path / f"articles/news/s{number}.md").write_text(article(f"Story {number}"))
    service = Service(tmp_path).wait()
    yield service
    service.end()


def run(service: Service, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "feedsvc", *arguments],
        cwd=service.root,
        env={**os.environ, "FEEDSVC_CONFIG": str(service.root / "config.toml")},
        capture_output=True,
        text=True,
        check=False,
    )


def stories(service: Service) -> int:
    return service.get("/rss.xml")[2].count("<item>")


def test_deletions_are_refused_without_a_flicker_and_stay_once_they_are_accepted(
    service: Service,
) -> None:
    for number in range(12):
        (service.root / f"articles/news/s{number}.md").unlink()
        time.sleep(0.2)  # so that the watcher hears of them one by one
    until(lambda: service.shows(REFUSED, "/feeds"))
    assert stories(service) == 20
    assert run(service, "log").stdout == "No article was changed since the store was made.\n"
    accepted = run(service, "sync", "--accept-deletions")
    assert "0 read, 12 withdrawn; changed /, /news" in accepted.stdout
    (service.root / "articles/news/next.md").write_text(article("Next"))
    until(lambda: service.shows(">Next<"))
    assert stories(service) == 9
    assert REFUSED not in service.get("/feeds")[2]
    assert "publish news/s" not in run(service, "log").stdout
