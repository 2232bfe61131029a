"""The processes that test_crash.py kills while they publish.

Each writes, corrects, kills and deletes articles until it is killed (see forks.py).
"""

from __future__ import annotations

import json
import os
import random
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from feedsvc.config.load import load
from feedsvc.ingest.record.save import write_record
from feedsvc.publishing import sync
from feedsvc.store.database import Database
from tests.tools.forks import serve

SECTIONS = "local", "local/harbour", "world"


def text(number: int, version: int, chance: random.Random) -> str:
    """Return a record; its words name its version."""
    day = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=number)
    keys = [f"headline: Story {number} version {version}", f"published: {day:%Y-%m-%d %H:%M}Z"]
    kind = chance.choice(("plain", "plain", "corrected", "killed"))
    if kind == "corrected":
        keys += [f"updated: {day + timedelta(minutes=version):%Y-%m-%d %H:%M}Z", "note: It rained."]
    if kind == "killed":
        keys += [f"updated: {datetime.now(UTC):%Y-%m-%d %H:%M:%S}Z", "status: canceled"]
        keys.append(f"note: Notice {number}.")
    body = f"Body {number} version {version}. " * chance.randint(1, 400)
    return "\n".join(["---", *keys, "---", body, ""])


def work(root: Path, seed: int) -> None:
    """Change articles without end; write each change to the journal first."""
    chance = random.Random(seed)
    config = load(root / "config.toml", environ={})
    database = Database(config.state)
    files = sorted(config.articles.rglob("*.md"))
    with (root / "journal").open("a") as journal:
        while True:
            version = random.SystemRandom().randrange(10**9)
            if files and chance.random() < 0.6:
                file = chance.choice(files)
                number = int(file.stem)
            else:
                number = random.SystemRandom().randrange(5000)
                file = config.articles / chance.choice(SECTIONS) / f"{number}.md"
                files.append(file)
            delete = len(files) > 20 and chance.random() < 0.2
            record = None if delete else text(number, version, chance)
            path = file.relative_to(config.articles).as_posix()
            journal.write("\n" + json.dumps([path, record]) + "\n")
            journal.flush()
            os.fsync(journal.fileno())
            if record is None:
                file.unlink(missing_ok=True)
                files.remove(file)
            else:
                write_record(file, record, replace=True)
            sync.sync(database, config, datetime.now(UTC), near={f"articles/{path}"})


if __name__ == "__main__":
    serve(lambda seed: work(Path(sys.argv[1]), seed))
