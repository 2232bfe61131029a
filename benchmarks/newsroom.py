"""Newsrooms of any size: made, published in, read, and put back as they were."""

from __future__ import annotations

import json
import multiprocessing
import os
import sqlite3
import sys
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from benchmarks import publish
from benchmarks.publish import BUSY
from feedsvc.config.load import load
from feedsvc.ingest.record.save import write_record
from feedsvc.model.feed import FORMATS
from feedsvc.model.paths import FeedPath, FeedRequest, ancestors
from feedsvc.publishing import sync
from feedsvc.store import feeds, listings
from feedsvc.store.database import IN_FILE, Database
from feedsvc.store.sqlite import FILE_NAME
from feedsvc.syndication.feeds import Feeds

if TYPE_CHECKING:
    from pathlib import Path

    from feedsvc.config.store_settings import StoreSettings
    from feedsvc.model.change import Act

ROUNDS = 60
"""Acts of each kind in a run."""
_CONFIG = """[site]
title = "Many"
url = "https://many.example"
[feeds]
url = "https://feeds.many.example"
kill_notice = 60
"""
_TRACES = {
    **dict.fromkeys(("articles", "listings", "archives", "fragments", "versions", "acts"), "id"),
    "files": "path",
}
"""The tables that know of an article, and their columns that name it."""
_AGE = timedelta(days=30)
"""How old the newest article is when a newsroom is made."""
STEPS: dict[Act, timedelta] = {
    "publish": timedelta(minutes=7),  # as in the records, so that 48 hours hold as many as before
    "correct": timedelta(seconds=1),
    "kill": timedelta(seconds=1),
}
"""The steps of a newsroom's clock in a round, by the change that is made."""
_RUN = ROUNDS * (STEPS["publish"] + 2 * STEPS["correct"] + 2 * STEPS["kill"])


def make(folder: Path, size: int) -> Path:
    """Return a newsroom of a size, generated unless it is there."""
    root = folder / str(size)
    if (root / "about.json").exists():
        return root
    newest = datetime.now(UTC).replace(second=0, microsecond=0) - _AGE
    begun = time.perf_counter()
    with multiprocessing.get_context("fork").Pool(2, os.nice, (10,)) as pool:
        pool.starmap(publish.generate, [(root, size, newest, share, 2) for share in range(2)])
    print(f"  generated: {time.perf_counter() - begun:.1f} s", file=sys.stderr, flush=True)
    (root / "config.toml").write_text(_CONFIG)
    (root / "about.json").write_text(json.dumps((size, 0, newest.timestamp())))
    return root


def forget(root: Path) -> None:
    """Delete the articles and notices of earlier runs, so that all runs begin alike."""
    for busy in BUSY:
        for file in (root / "articles" / busy).glob("run*.md"):
            file.unlink()
    with closing(sqlite3.connect(root / ".feedsvc" / FILE_NAME)) as connection, connection:
        for table, column in _TRACES.items():
            for busy in BUSY:
                edges = f"{busy}/run", f"{busy}/ruo"
                connection.execute(
                    f"DELETE FROM {table} WHERE {column} > ? AND {column} < ?", edges
                )
        for table in ("tombstones", "corrections"):
            connection.execute(f"DELETE FROM {table}")


class Taken(NamedTuple):
    """The times of one round, in seconds of the processor except ``wall``."""

    wall: float
    work: float
    written: float
    synced: float
    sections: float
    site: float
    corrections: float
    archive: float


class Newsroom:
    """A newsroom in a folder, as its publisher and a reader have it."""

    def __init__(self, root: Path, store: StoreSettings = IN_FILE) -> None:
        self.root = root
        self.config = load(root / "config.toml", environ={})
        self.database = Database(self.config.state, store)
        self.syndication = Feeds(self.config, self.database)
        self.size, self.run, newest = json.loads((root / "about.json").read_text())
        self.newest = datetime.fromtimestamp(newest, UTC)
        self.now = self.newest + self.run * _RUN

    def count_run(self) -> None:
        """Count this run, so that the next one begins after all of its articles."""
        (self.root / "about.json").write_text(
            json.dumps((self.size, self.run + 1, self.newest.timestamp()))
        )

    def read(self, section: str) -> None:
        for format in FORMATS:
            self.syndication.document(FeedRequest(FeedPath(section), format), self.now)

    def read_archive(self, section: str, number: int) -> None:
        for format in FORMATS:
            self.syndication.document(
                FeedRequest(FeedPath(section, "archive", number), format), self.now
            )

    def read_corrections(self, section: str) -> None:
        for format in FORMATS:
            self.syndication.document(
                FeedRequest(FeedPath(section, "corrections"), format), self.now
            )

    def archives(self, section: str) -> int:
        with self.database.reading() as connection:
            return feeds.count_archives(connection, [section]).get(section, 0)

    def archive_of(self, article_id: str, section: str) -> int:
        """Return the number of the section's archive that has an article; 0 if none has."""
        with self.database.reading() as connection:
            places = listings.positions(connection, [article_id]).get(article_id, [])
        return next((it.archive for it in places if it.section == section), 0)

    def tell(self, name: str, text: str, act: Act, archive: int = 0) -> Taken:
        """Write a record, publish it, and render its feeds.

        :param archive: the archive of its section to render, too.
        """
        self.now += STEPS[act]
        section = name.rpartition("/")[0]
        place = f"articles/{name}.md"
        times, begun = [time.process_time()], time.perf_counter()
        write_record(self.root / place, text, replace=act != "publish")
        times.append(time.process_time())
        report = sync.sync(self.database, self.config, self.now, near={place})
        times.append(time.process_time())
        for above in ancestors(section)[:-1]:
            self.read(above)
        times.append(time.process_time())
        self.read("")
        times.append(time.process_time())
        for above in ancestors(section) if act != "publish" else ():
            self.read_corrections(above)
        times.append(time.process_time())
        if archive:
            self.read_archive(section, archive)
        times.append(time.process_time())
        wall = time.perf_counter() - begun
        if (act, name) not in {(it.act, it.id) for it in report.changes}:
            raise SystemExit(f"not a {act} of {name}: {report.changes} {report.problems[:3]}")
        self.check(section, text, act, archive)
        return Taken(wall, times[-1] - times[0], *(after - it for it, after in pairwise(times)))

    def check(self, section: str, text: str, act: Act, archive: int) -> None:
        """Stop if a feed lacks an article, or still has a killed one."""
        headline = text.partition("headline: ")[2].partition("\n")[0].encode()
        feed = self.syndication.document(FeedRequest(FeedPath(section), "rss"), self.now)
        if archive:
            feed = self.syndication.document(
                FeedRequest(FeedPath(section, "archive", archive), "rss"), self.now
            )
        if (b">%s<" % headline in feed.body) == (act == "kill"):
            raise SystemExit(f"after a {act}, {feed.url} is wrong about {headline!r}")
