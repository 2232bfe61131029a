"""How soon a write by the API is answered, in small and large newsrooms, while feeds are read.

Usage: ./run bench api [--writes N] [--pace N] [--lines N] [--keep FOLDER] [SIZE …]

Without sizes: 1000 100000. ``feedsvc serve`` runs on all cores, as for a newsroom; wrk reads feeds
at full load from one of them. Each write is a PUT, one after the other: a new article, or a new
text of the one before; ``--pace`` limits how many a second, so that two versions can be compared by
the feeds that are read beside as many writes. ``--lines`` are written in one bulk request, dated as
the articles of a newsroom are. With ``--keep`` the newsrooms are used again. Figures are of this
machine at this moment: compare figures of one run, as the ratios to its smallest size do.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.freshness import quantiles
from benchmarks.load import Load, command, needs
from benchmarks.newsroom import Newsroom, make
from benchmarks.processes import answered, ended, environment, family, spent
from benchmarks.publish import BUSY, paragraphs
from benchmarks.readers import requests
from benchmarks.scale import room_for
from benchmarks.servers import free_port
from feedsvc.model.paths import API
from feedsvc.model.publisher import Publisher
from feedsvc.publishing import sync, tokens

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

_NEEDED = 16_000
"""Bytes on disk for each article."""
_WARM = 2.0
"""Seconds for which feeds are read before the first write."""
_STEP = timedelta(minutes=7)
"""The time between the articles of a bulk write, as in ``newsroom``."""
_ROWS = {
    "quiet": "PUT at rest",
    "busy": "PUT while feeds are read",
}


def filled(root: Path) -> str:
    """Read a newsroom into its store; return a token that may write."""
    config = root / "config.toml"
    if "[api]" not in config.read_text():
        config.write_text(f"{config.read_text()}[api]\nrequests = 0\n")
    newsroom = Newsroom(root)
    with closing(newsroom.database) as database:
        sync.sync(database, newsroom.config, datetime.now(UTC))
        now = datetime.now(UTC)
        name = f"bench {now:%F %T.%f}"
        return tokens.issue(
            database, Publisher(name=name, scopes=frozenset({"write"}), created=now)
        )


@contextmanager
def served(root: Path) -> Generator[tuple[int, int]]:
    """Serve a newsroom; yield the port and the process."""
    port = free_port()
    words = [sys.executable, "-m", "feedsvc", "serve", "--port", str(port)]
    process = subprocess.Popen(
        words, cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment()
    )
    try:
        while not answered(port, "readyz"):
            if process.poll() is not None:
                raise SystemExit("feedsvc serve ended")
            time.sleep(0.05)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait()


class Writer:
    """A program that writes articles over one connection."""

    def __init__(self, port: int, token: str) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=600)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._texts = paragraphs()
        self._run = f"{time.time():.0f}"

    def send(self, method: str, path: str, body: str) -> bytes:
        self._connection.request(method, f"{API}{path}", body.encode(), self._headers)
        answer = self._connection.getresponse()
        data = answer.read()
        if answer.status not in (200, 201):
            raise SystemExit(f"{method} {path}: {answer.status} {data.decode()}")
        return data

    def article(self, number: int, age: timedelta = timedelta()) -> dict[str, Any]:
        """Return an article; two numbers that follow each other are of the same one."""
        turn = number // 2
        texts = [self._texts[(7 * number + step) % len(self._texts)] for step in range(6)]
        return {
            "id": f"{BUSY[turn % len(BUSY)]}/api-{self._run}-{turn}",
            "headline": f"Story {turn} of the API",
            "published": f"{datetime.now(UTC) - age:%FT%TZ}",
            "body": "\n\n".join(texts),
        }

    def put(self, number: int) -> float:
        """Write an article; return the milliseconds until the answer."""
        values = self.article(number)
        article_id, body = values.pop("id"), json.dumps(values)
        begun = time.perf_counter()
        self.send("PUT", f"/articles/{article_id}", body)
        return (time.perf_counter() - begun) * 1000

    def series(self, numbers: Iterator[int], count: int, pace: float) -> list[float]:
        """Write articles one after the other; return the milliseconds of each.

        :param pace: how many in a second at most; 0 for as many as possible.
        """
        times: list[float] = []
        begun = time.perf_counter()
        for done in range(count):
            if pace:
                time.sleep(max(0.0, begun + done / pace - time.perf_counter()))
            times.append(self.put(next(numbers)))
        return times

    def bulk(self, lines: int) -> None:
        """Write articles in one request."""
        articles = (
            json.dumps(self.article(10**6 + 2 * number, number * _STEP)) for number in range(lines)
        )
        self._headers["Content-Type"] = "application/x-ndjson"
        answers = self.send("POST", "/articles/bulk", "\n".join(articles)).splitlines()
        refused = [it for it in answers if json.loads(it)["status"] != 201]
        if len(answers) != lines or refused:
            raise SystemExit(f"not all lines were written: {refused[:3]}")


def measured(folder: Path, size: int, given: argparse.Namespace) -> dict[str, Any]:
    print(f"{size:,} articles", file=sys.stderr, flush=True)
    root = make(folder, size)
    token = filled(root)
    with served(root) as (port, process):
        # First, as it takes longer than the server keeps the idle connection of the writer open.
        feeds = command(requests("mix", port), port, 32, 24 * 3600, folder)
        writer = Writer(port, token)
        numbers = iter(range(10**6))
        writer.series(numbers, 10, given.pace)
        quiet = writer.series(numbers, given.writes, given.pace)
        load = Load(feeds, max(os.sched_getaffinity(0)))
        try:
            time.sleep(_WARM)
            busy = writer.series(numbers, given.writes, given.pace)
        finally:
            load.stop()
            run = load.end()
        figures: dict[str, Any] = {"quiet": quiet, "busy": busy, "wrk": run}
        if given.lines:
            begun, worked = time.perf_counter(), spent(family(process))
            writer.bulk(given.lines)
            took, work = time.perf_counter() - begun, spent(family(process)) - worked
            figures["bulk"] = took / given.lines, work / given.lines
    return figures


def show(results: dict[int, dict[str, Any]]) -> None:
    """Print the table; ratios are to the smallest newsroom."""
    first = next(iter(results.values()))
    print(f"{'milliseconds':<28}{'articles':>10}{'p50':>9}{'':8}{'p99':>9}{'':8}{'reads/s':>10}")
    for key, label in _ROWS.items():
        for size, figures in results.items():
            cells = ""
            for value, base in zip(quantiles(figures[key]), quantiles(first[key]), strict=True):
                cells += f"{value:>9.1f}{f' ×{value / base:.2f}':<8}"
            run = figures["wrk"]
            wrong = f"  {run.refused} refused, {run.broken} broken" * bool(run.refused + run.broken)
            reads = f"{run.rate:>10,.0f}{wrong}" if key == "busy" else ""
            print(f"{label:<28}{size:>10,}{cells}{reads}")
    for size, figures in results.items():
        if "bulk" in figures:
            took, work = (each * 1000 for each in figures["bulk"])
            label = "bulk, for each article"
            print(f"{label:<28}{size:>10,}{took:>9.2f}  {work:.2f} of the processors")


def main() -> None:
    parser = argparse.ArgumentParser("./run bench api", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("sizes", nargs="*", type=int, default=[1000, 100_000])
    parser.add_argument("--writes", type=int, default=300)
    parser.add_argument("--pace", type=float, default=0.0)
    parser.add_argument("--lines", type=int, default=2000)
    parser.add_argument("--keep", type=Path, metavar="FOLDER")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, ended)
    needs("wrk", "taskset")
    sizes = sorted(given.sizes)
    if given.keep:
        given.keep.mkdir(parents=True, exist_ok=True)
        show({size: measured(given.keep.resolve(), size, given) for size in sizes})
        return
    with tempfile.TemporaryDirectory(dir=room_for(sum(sizes) * _NEEDED)) as folder:
        show({size: measured(Path(folder), size, given) for size in sizes})


if __name__ == "__main__":
    main()
