"""How fast articles are published: the sample newsroom from cold, and thousands of generated ones.

Usage: ./run bench publish [ARTICLES]

Wall-clock figures of this machine at this moment: compare figures of one run with each other.
"""

from __future__ import annotations

import os
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

from feedsvc.cli.init import newsroom
from feedsvc.config.load import load
from feedsvc.model.paths import FeedPath, FeedRequest
from feedsvc.publishing import sync
from feedsvc.store.database import Database
from feedsvc.syndication.feeds import Feeds

if TYPE_CHECKING:
    from collections.abc import Callable

    from feedsvc.config.settings import Config

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SECTIONS = [f"s{top}/t{sub}" for top in range(15) for sub in range(20)]
BUSY = [f"s{number % 15}/t{number // 15}" for number in range(20)]
"""The busiest sections: each has 36 of a thousand articles, each of the others has one. So their
feeds are full from a thousand articles on."""
CYCLE = BUSY * 36 + [section for section in SECTIONS if section not in BUSY]
random.Random(1).shuffle(CYCLE)
RANKS = {section: [at for at, one in enumerate(CYCLE) if one == section] for section in SECTIONS}
WORDS = "harbour bridge ferry market council lamp winter morning tide bell street boat".split()


def measure(label: str, work: Callable[[], object], articles: int = 0) -> float:
    begun = time.perf_counter()
    work()
    took = time.perf_counter() - begun
    rate = f"{articles / took:>10,.0f} articles/s" if articles else ""
    print(f"{label:<58} {took:>8.3f} s {rate}")
    return took


def numbered(section: str, rank: int) -> int:
    """Return the number of the article with a rank in its section; the newest one has rank 0."""
    ranks = RANKS[section]
    return len(CYCLE) * (rank // len(ranks)) + ranks[rank % len(ranks)]


def stem(number: int) -> str:
    """Return the path of an article below ``articles/``, without its suffix."""
    return f"{CYCLE[number % len(CYCLE)]}/{number:07}-{WORDS[number % 12]}-{WORDS[number % 11]}"


def paragraphs() -> list[str]:
    """Return the parts of articles: prose, and now and then a list or a quotation."""
    chance = random.Random(2)

    def words(many: int) -> str:
        return " ".join(chance.choices(WORDS, k=many)).capitalize()

    parts: list[str] = []
    for number in range(2000):
        text = f"{words(20)}, *{words(3)}* {words(15)} [{words(2)}](https://many.example/{number})."
        if number % 10 == 0:
            text = f"## {words(4)}\n\n{text}"
        elif number % 10 == 1:
            text = "\n".join(f"- {words(8)}" for _ in range(4)) + "\n"
        elif number % 10 == 2:
            text = f"> {words(18)}.\n\n{text}"
        parts.append(f"{text}\n{words(20)}.")
    return parts


def released(number: int, newest: datetime) -> datetime:
    """Return the date of an article: one is published every 7 minutes, number 0 last."""
    return newest - timedelta(minutes=7 * number + 1)


def record(number: int, published: datetime, pool: list[str], more: list[str]) -> str:
    """Return the text of an article.

    :param more: further lines of its front matter.
    """
    chance = random.Random(number)
    lines = [
        "---",
        f"headline: {WORDS[number % 12].capitalize()} {number} and the {chance.choice(WORDS)}",
        f"summary: {chance.choice(pool).splitlines()[-1]}",
        f"byline: [Writer {number % 97}]",
        f"published: {published:%Y-%m-%dT%H:%M:%SZ}",
        f"keywords: [{', '.join(chance.sample(WORDS, 3))}]",
        *more,
        "---",
        *chance.choices(pool, k=6),
    ]
    return "\n\n".join(["\n".join(lines[:-6]), *lines[-6:]]) + "\n"


def besides(number: int, published: datetime) -> list[str]:
    """Return the lines that only some records have: related stories, and the expiry."""
    lines: list[str] = []
    if number % 3 == 0:
        ranks = RANKS[CYCLE[number % len(CYCLE)]]
        rank = number // len(CYCLE) * len(ranks) + ranks.index(number % len(CYCLE))
        section = CYCLE[number % len(CYCLE)]
        names = [stem(numbered(section, rank + 1 + step)) for step in range(1 + number % 4)]
        lines.append(f"related: [{', '.join(names)}]")
    if expires(number):
        moment = published + timedelta(days=30 + number % 1000)
        lines.append(f"expires: {moment:%Y-%m-%dT%H:%MZ}")
    return lines


def expires(number: int) -> bool:
    return number % 20 == 7


def corrected(moment: datetime) -> list[str]:
    """Return the lines that a correction adds to a record."""
    return [
        f"updated: {moment:%Y-%m-%dT%H:%M:%SZ}",
        "note: A name in this story was spelled wrongly.",
    ]


def generate(
    root: Path, count: int, newest: datetime = NOW, share: int = 0, shares: int = 1
) -> None:
    """Write a newsroom's records: any with more articles has the same newest ones.

    :param share: write only this one of ``shares`` parts.
    """
    pool = paragraphs()
    for section in SECTIONS:
        (root / "articles" / section).mkdir(parents=True, exist_ok=True)
    for number in range(share, count, shares):
        published = released(number, newest)
        more = besides(number, published)
        if number % 50 == 3:
            more += corrected(published + timedelta(seconds=50))
        file = os.open(f"{root}/articles/{stem(number)}.md", os.O_WRONLY | os.O_CREAT)
        os.write(file, record(number, published, pool, more).encode())
        os.close(file)


def write_new(root: Path, headline: str) -> str:
    """Write an article; return its place below the newsroom's folder."""
    place = f"articles/{BUSY[0]}/new.md"
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
    """Render the site's feed: once from nothing, then from rendered entries."""
    first = Feeds(config, database)
    measure(
        "the site's feed, never rendered",
        lambda: first.document(FeedRequest(FeedPath(""), "rss"), NOW),
    )
    times: list[float] = []
    for _ in range(9):
        fresh = Feeds(config, database)
        begun = time.perf_counter()
        fresh.document(FeedRequest(FeedPath(""), "rss"), NOW)
        times.append(time.perf_counter() - begun)
    print(f"{'the same, entries kept, median of 9':<58} {statistics.median(times):>8.3f} s")


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
            lambda: sync.sync(database, config, NOW),
            count,
        )
        again = measure(f"{label}: unchanged", lambda: sync.sync(database, config, NOW), count)
        print(f"{'unchanged to first time':<58} {again / first:>8.3f}")
        write_new(many, "New")
        measure(f"{label}: one more", lambda: sync.sync(database, config, NOW))
        place = write_new(many, "Newer")
        measure(
            f"{label}: one edited, its path given",
            lambda: sync.sync(database, config, NOW, near={place}),
        )
        render(config, database)
        database.close()


if __name__ == "__main__":
    main()
