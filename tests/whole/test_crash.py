"""Processes that publish are killed at any moment; nothing is lost, and nothing is half there."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from feedsvc.config.load import load
from feedsvc.config.settings import Config
from feedsvc.errors import NotFoundError
from feedsvc.model.feed import FORMATS, Format
from feedsvc.publishing import sync
from feedsvc.store.database import Database
from feedsvc.syndication.feeds import Feeds
from tests.conftest import wanted
from tests.tools.crash import SECTIONS
from tests.tools.json_feed import parse
from tests.tools.service import Service, until

pytestmark = pytest.mark.crash

KILLS, LOOK = 220, 20
CONFIG = """\
[site]
title = "The Daily Quay"
url = "https://quay.example"

[feeds]
items = 6
hours = 0
archive_items = 5

[articles]
grace = 0
"""


@contextmanager
def zygote_of(
    module: str, root: Path, config: str, *words: str
) -> Generator[subprocess.Popen[str]]:
    """Give a process that forks those that are killed."""
    (root / "articles").mkdir()
    (root / "config.toml").write_text(config)
    process = subprocess.Popen(
        [sys.executable, "-m", module, root, *words],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    yield process
    process.kill()
    process.communicate()


@pytest.fixture
def zygote(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    (tmp_path / "journal").touch()
    with zygote_of("tests.tools.crash", tmp_path, CONFIG) as process:
        yield process


def ran(process: int) -> float:
    """Return the seconds that a process has had a processor."""
    return int(Path(f"/proc/{process}/schedstat").read_text().split()[0]) / 1e9


def run(
    zygote: subprocess.Popen[str],
    seed: int,
    seconds: float,
    begun: Path | None = None,
    worked: Callable[[], object] | None = None,
) -> None:
    """Have a process work for a while, then kill it.

    :param begun: a file that the process makes before it works, where its start may take long.
    :param worked: whether it has done something that it is to do before the while begins.
    """
    assert zygote.stdin
    assert zygote.stdout
    zygote.stdin.write(f"{seed}\n")
    zygote.stdin.flush()
    child = int(zygote.stdout.readline())
    if begun:
        until(begun.exists)
        begun.unlink()
    if worked:
        until(worked)
    time.sleep(seconds)
    if not begun:  # on a busy machine it may hardly have run yet
        until(lambda: ran(child) > seconds / 2)
    os.kill(child, signal.SIGKILL)
    assert zygote.stdout.readline() == "dead\n"


class Intended:
    """What every file was meant to be at last, as far as its process came."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.read = 0
        self.files: dict[str, str | None] = {}

    def check(self) -> None:
        """Every file is as it was meant; only the very last act may not have come so far."""
        last, before = "", None
        lines = (self.root / "journal").read_text().split("\n")
        for line in lines[self.read :]:
            try:
                path, text = json.loads(line)
            except ValueError:  # it was killed while it wrote that, and had done nothing yet
                continue
            last, before = path, self.files.get(path)
            self.files[path] = text
        self.read = len(lines)
        for path, text in self.files.items():
            file = self.root / "articles" / path
            found = file.read_text() if file.exists() else None
            assert found == text or (path == last and found == before), path
            self.files[path] = found


def walk(syndication: Feeds, section: str, format: Format, now: datetime) -> list[str]:
    """Return the headlines of the stories in a feed and all its archives, without notices."""
    titles: list[str] = []
    try:
        document = syndication.document(wanted(section, format), now)
    except NotFoundError:  # nothing was ever published there
        return titles
    while True:
        feed = parse(document.body)
        assert not feed.bozo
        titles += [entry.title for entry in feed.entries if entry.title.startswith("Story")]
        links = {link.rel: link.href for link in feed.feed.links}
        if "prev-archive" not in links:
            return titles
        address, _, query = links["prev-archive"].partition("?before=")
        number = int(address.split("/")[-2])
        document = syndication.document(
            wanted(section, format, "archive", number, query.replace("%2F", "/")), now
        )


def check_store(config: Config) -> None:
    """The store is sound, and every article is in all its feeds or in none."""
    with closing(sqlite3.connect(config.state / "store.sqlite")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    with closing(Database(config.state)) as database:
        syndication, now = Feeds(config, database), datetime.now(UTC)
        for format in FORMATS:
            site = walk(syndication, "", format, now)
            parts = [walk(syndication, section, format, now) for section in ("local", "world")]
            assert sorted(site) == sorted(parts[0] + parts[1])
            assert set(walk(syndication, "local/harbour", format, now)) <= set(parts[0])


def check_feeds(root: Path, config: Config, fresh: Path) -> None:
    """After a look at the files the feeds hold what the files say, as in a store made anew."""
    now = datetime.now(UTC)
    expected: dict[str, list[str]] = {section: [] for section in ("", *SECTIONS)}
    for file in config.articles.rglob("*.md"):
        text = file.read_text()
        if "status: canceled" not in text:
            title = text.split("\n")[1].removeprefix("headline: ")
            section = file.parent.relative_to(config.articles).as_posix()
            for above in {"", section.split("/")[0], section}:
                expected[above].append(title)
    with closing(Database(config.state)) as database, closing(Database(fresh)) as other:
        sync.accept_deletions(database, config, now)
        sync.sync(other, config, now)
        one, two = Feeds(config, database), Feeds(config, other)
        for section, titles in expected.items():
            for format in FORMATS:
                assert sorted(walk(one, section, format, now)) == sorted(titles)
                if titles:
                    entries = [
                        [(entry.id, entry.title, entry.summary) for entry in feed.entries]
                        for feed in (
                            parse(each.document(wanted(section, format), now).body)
                            for each in (one, two)
                        )
                    ]
                    # A new store cannot know that nobody ever had what was killed at once, and
                    # shows a notice of it: then there is room for fewer stories.
                    shown = [[it for it in found if it[1].startswith("Story")] for found in entries]
                    least = min(map(len, shown))
                    assert shown[0][:least] == shown[1][:least]


def test_whatever_is_killed_at_whatever_moment_nothing_is_lost_or_half_there(
    tmp_path: Path, zygote: subprocess.Popen[str]
) -> None:
    chance = random.Random(7)
    config = load(tmp_path / "config.toml", environ={})
    files = Intended(tmp_path)
    for number in range(1, KILLS + 1):
        run(zygote, number, chance.uniform(0.02, 0.2))
        files.check()
        if number % LOOK == 0:
            check_store(config)
            check_feeds(tmp_path, config, tmp_path / f"fresh{number}")
    assert len(files.files) > KILLS // 4  # they came to something


def test_a_publisher_that_is_killed_while_files_change_is_replaced_and_misses_none(
    tmp_path: Path,
) -> None:
    (tmp_path / "articles").mkdir()
    (tmp_path / "config.toml").write_text(CONFIG.replace("items = 6", "items = 100"))
    service = Service(tmp_path)
    service.wait()
    for number in range(30):
        file = tmp_path / "articles" / f"{number}.md"
        file.write_text(f"---\nheadline: Story {number}.\npublished: 2026-01-02\n---\nText.\n")
        if number % 6 == 0:
            until(lambda: len(service.children()) == 2)
            for child in service.children():
                os.kill(child, signal.SIGKILL)
        time.sleep(0.05)
    until(lambda: all(service.shows(f"Story {number}.") for number in range(30)))
    service.end()
