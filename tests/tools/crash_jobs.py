"""The processes that test_crash_jobs.py kills while they publish and fetch pictures.

Each writes and kills articles with pictures of another server, and does the jobs, until it is
killed (see forks.py).
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


def text(url: str, *, killed: bool) -> str:
    """Return a record that shows a picture, or one that is killed."""
    keys = ["headline: Story", "published: 2026-01-01 08:00Z", f"image: {url}"]
    keys += ["status: canceled", "note: Wrong."] if killed else []
    return "\n".join(["---", *keys, "---", "Text.", ""])


def work(root: Path, address: str, seed: int) -> None:
    """Write and kill articles without end, while the jobs are done."""
    chance = random.Random(seed)
    config = load(root / "config.toml", environ={})
    database = Database(config.state)
    make_worker(config, database, clock).start()
    (root / "begun").touch()
    while True:
        sync.sync(database, config, clock())  # first: the process before was killed at any point
        number = chance.randrange(200)
        file = config.articles / f"{number}.md"
        record = text(f"{address}/{number % 150}.png", killed=chance.random() < 0.2)
        write_record(file, record, replace=True)


if __name__ == "__main__":
    serve(lambda seed: work(Path(sys.argv[1]), sys.argv[2], seed))
