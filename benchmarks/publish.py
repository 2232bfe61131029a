"""How fast articles are published: the sample newsroom from cold, and thousands of generated ones.

Usage: ./run bench publish [ARTICLES]

Wall-clock figures of this machine at this moment: compare figures of one run with each other.
"""

from __future__ import annotations

import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING

from feedsvc import publishing
from feedsvc.cli.init import newsroom
from feedsvc.config import Config, load
from feedsvc.store.database import Database
from feedsvc.syndication import Syndication

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SECTIONS = [f"s{top}/t{sub}" for top in range(15) for sub in range(20)]
WORDS = "harbour bridge ferry market council lamp winter morning tide bell street boat".split()


def measure(label: str, work: Callable[[], object], articles: int = 0) -> float:
    begun = time.perf_counter()
    work()
    took = time.perf_counter() - begun
    rate = f"{articles / took:>10,.0f} articles/s" if articles else ""
    print(f"{label:<58} {took:>8.3f} s {rate}")
    return took


def generate(root: Path, count: int) -> None:
    chance = random.Random(1)
    for section in SECTIONS:
        (root / "articles" / section).mkdir(parents=True, exist_ok=True)
    for number in range(count):
        section = SECTIONS[number % len(SECTIONS)]
        moment = NOW - timedelta(minutes=7 * number + 1)
        body = "\n\n".join(
            " ".join(chance.choices(WORDS, k=60)).capitalize() + "." for _ in range(6)
        )
        (root / "articles" / section / f"{number:07}.md").write_text(
            f"---\nheadline: Story {number} of the {chance.choice(WORDS)}\n"
            f"summary: {' '.join(chance.choices(WORDS, k=20)).capitalize()}.\n"
            f"byline: [Writer {number % 97}]\npublished: {moment:%Y-%m-%d %H:%M}\n"
            f"keywords: [{', '.join(chance.sample(WORDS, 3))}]\n"
            f"related: [{section}/{max(0, number - 300):07}x]\n---\n{body}\n"
        )


def write_new(root: Path, headline: str) -> str:
    """Write an article; return its place below the newsroom's folder."""
    place = f"articles/{SECTIONS[0]}/new.md"
    (root / place).write_text(f"---\nheadline: {headline}\npublished: {NOW:%Y-%m-%d}\n---\nNew.\n")
    return place


def serve_from_cold(root: Path) -> None:
    """Start ``feedsvc serve`` without a store, and read a feed."""
    port = "18765"
    process = subprocess.Popen(
        [sys.executable, "-m", "feedsvc", "serve", "--port", port],
        cwd=root,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(2000):
            try:
                connection = HTTPConnection("127.0.0.1", int(port), timeout=5)
                connection.request("GET", "/rss.xml")
                if connection.getresponse().status == 200:
                    return
            except OSError:
                time.sleep(0.01)
        raise SystemExit("no feed after 20 s")
    finally:
        process.terminate()
        process.wait()


def render(config: Config, database: Database) -> None:
    """Render the site's feed: once from nothing, then from kept fragments."""
    first = Syndication(config, database)
    measure("the site's feed, never rendered", lambda: first.document("", "rss", NOW))
    times: list[float] = []
    for _ in range(9):
        fresh = Syndication(config, database)
        begun = time.perf_counter()
        fresh.document("", "rss", NOW)
        times.append(time.perf_counter() - begun)
    print(f"{'the same, fragments kept, median of 9':<58} {statistics.median(times):>8.3f} s")


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as folder:
        sample, many = Path(folder) / "sample", Path(folder) / "many"
        shutil.copytree(newsroom() / "articles", sample / "articles")
        shutil.copyfile(newsroom() / "config.toml", sample / "config.toml")
        number = len(list((sample / "articles").rglob("*.[mj][ds]*")))
        command = [sys.executable, "-m", "feedsvc", "check"]
        label = f"sample newsroom ({number} articles)"
        measure(
            f"{label}: feedsvc check, whole command",
            lambda: subprocess.run(command, cwd=sample, check=True, capture_output=True),
        )
        measure(f"{label}: serve from cold to first feed", lambda: serve_from_cold(sample))

        generate(many, count)
        (many / "config.toml").write_text('[site]\ntitle = "Many"\nurl = "https://many.example"\n')
        config = load(many / "config.toml", environ={})
        database = Database(config.state)
        label = f"{count:,} articles in {len(SECTIONS)} sections"
        first = measure(
            f"{label}: first time",
            lambda: publishing.sync(database, config, NOW),
            count,
        )
        again = measure(
            f"{label}: unchanged", lambda: publishing.sync(database, config, NOW), count
        )
        print(f"{'unchanged to first time':<58} {again / first:>8.3f}")
        write_new(many, "New")
        measure(f"{label}: one more", lambda: publishing.sync(database, config, NOW))
        place = write_new(many, "Newer")
        measure(
            f"{label}: one edited, and told",
            lambda: publishing.sync(database, config, NOW, near={place}),
        )
        render(config, database)
        database.close()


if __name__ == "__main__":
    main()
