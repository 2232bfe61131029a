"""The processes that test_crash_push.py kills while they publish and deliver feeds.

Each publishes stories and corrections, and delivers them, until it is killed (see forks.py).
"""

from __future__ import annotations

import random
import sys
from datetime import UTC, datetime
from pathlib import Path

from feedsvc.config.load import load
from feedsvc.ingest.record.save import write_record
from feedsvc.publishing import sync
from feedsvc.push.worker import make_worker
from feedsvc.store.database import Database
from tests.tools.forks import serve


def clock() -> datetime:
    return datetime.now(UTC)


def text(number: int, *, corrected: bool) -> str:
    """Return a record whose headline has a number."""
    keys = [f"headline: Story {number}", "published: 2026-01-01 08:00Z"]
    keys += ["updated: 2026-01-02 08:00Z", f"note: Was wrong {number}."] if corrected else []
    return "\n".join(["---", *keys, "---", "Text.", ""])


def work(root: Path, seed: int) -> None:
    """Publish without end, while feeds are delivered; note each number once it is published."""
    chance = random.Random(seed)
    config = load(root / "config.toml", environ={})
    database = Database(config.state)
    make_worker(config, database, clock).start()
    journal = root / "journal"
    (root / "begun").touch()
    while True:
        number = int(journal.read_text() or 0) + 1
        record = text(number, corrected=chance.random() < 0.3)
        write_record(config.articles / f"{number % 5}.md", record, replace=True)
        sync.sync(database, config, clock())
        (root / "next").write_text(str(number))
        (root / "next").replace(journal)


if __name__ == "__main__":
    serve(lambda seed: work(Path(sys.argv[1]), seed))
