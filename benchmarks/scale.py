"""Measure publications, starts and memory in newsrooms of up to a million articles.

Usage: ./run bench scale [--keep FOLDER | --reuse FOLDER] [SIZE …]

Without sizes: 1000 10000 100000. A newsroom of a million articles needs 16 GB and an hour.
``--keep`` leaves the newsrooms, with their stores, in a folder; ``--reuse`` measures the newsrooms
of a folder. Figures are of this machine at this moment: compare only figures of one run, as the
ratios to its smallest size do. On a busy machine, compare processor times. The first fill is
measured only when a newsroom is made.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

import msgspec

from benchmarks.newsroom import Newsroom, make
from benchmarks.processes import HERE, answered, ended, environment, idle, memory
from benchmarks.publish import BUSY, SECTIONS
from benchmarks.rounds import act
from benchmarks.table import Figures, show
from feedsvc.model.feed import FILES, FORMATS
from feedsvc.model.paths import FeedPath, FeedRequest
from feedsvc.publishing import sync
from feedsvc.store.sqlite import FILE_NAME
from feedsvc.syndication.article_addresses import ArticleAddresses
from feedsvc.syndication.article_pages import ArticlePage
from feedsvc.syndication.sitemaps import Sitemaps

if TYPE_CHECKING:
    from collections.abc import Callable

STARTS = 7
"""Processes that read their first feed."""
PAGES = 60
"""Pages of articles that are read."""
_NEEDED = 16_000
"""Bytes on disk for each article: its file, and the store while it is being filled."""
_POLITE = 500_000
"""Articles from which a newsroom is filled with a high nice value, because it takes long."""


def fill(root: Path) -> Figures:
    """Read a newsroom for the first time."""
    newsroom = Newsroom(root)
    read: list[float] = []
    begun, worked = time.perf_counter(), time.process_time()
    report = sync.sync(
        newsroom.database,
        newsroom.config,
        newsroom.newest,
        lambda _done, _all: read.append(time.perf_counter()),
    )
    took, work = time.perf_counter() - begun, time.process_time() - worked
    if report.read != newsroom.size or report.problems:
        raise SystemExit(
            f"{report.read} of {newsroom.size} articles were read; {report.problems[:3]}"
        )
    newsroom.database.close()
    store = sum(file.stat().st_size for file in newsroom.config.state.iterdir())
    return {
        "fill": took,
        "fill_work": work,
        "fill_rate": newsroom.size / took,
        "fill_begin": read[0] - begun,
        "fill_end": begun + took - read[-1],
        "fill_store": store / newsroom.size,
        "fill_memory": memory(os.getpid())["VmHWM"],
    }


def first(root: Path, start: int) -> Figures:
    """Read feeds for the first time in a process; no other one reads the same sections."""
    now, quiet = datetime.now(UTC), [section for section in SECTIONS if section not in BUSY][start]
    with closing(sqlite3.connect(root / ".feedsvc" / FILE_NAME)) as connection, connection:
        names = (f"{quiet}/", f"{quiet}0")
        connection.execute("DELETE FROM fragments WHERE id > ? AND id < ?", names)
    times, works = [time.perf_counter()], [time.process_time()]

    def done() -> None:
        times.append(time.perf_counter())
        works.append(time.process_time())

    newsroom = Newsroom(root)
    done()
    newsroom.syndication.document(FeedRequest(FeedPath(BUSY[start]), "rss"), now)
    done()
    newsroom.syndication.document(FeedRequest(FeedPath(""), "rss"), now)
    done()
    newsroom.syndication.document(FeedRequest(FeedPath(quiet), "rss"), now)
    done()
    names = ["open", "section", "site", "quiet"]
    if newsroom.run <= newsroom.archives(BUSY[start]):
        done()
        newsroom.syndication.document(
            FeedRequest(FeedPath(BUSY[start], "archive", newsroom.run), "rss"), now
        )
        done()
        names += ["between", "archive"]
    figures: Figures = {}
    for ending, each in (("", times), ("_work", works)):
        taken = (after - before for before, after in pairwise(each))
        figures |= {f"first_{it}{ending}": one for it, one in zip(names, taken, strict=True)}
    return figures


def scan(root: Path) -> Figures:
    """Scan all files, none of which changed."""
    newsroom = Newsroom(root)
    times: list[float] = []
    for _ in range(3):
        begun = time.perf_counter()
        if sync.sync(newsroom.database, newsroom.config, datetime.now(UTC)).read:
            raise SystemExit("files had changed")
        times.append(time.perf_counter() - begun)
    took = statistics.median(times)
    return {
        "scan": took,
        "scan_rate": newsroom.size / took,
        "scan_memory": memory(os.getpid())["VmHWM"],
    }


def pages(root: Path) -> Figures:
    """Read pages of articles and sitemaps, as people and crawlers do."""
    newsroom, now = Newsroom(root), datetime.now(UTC)
    site = msgspec.structs.replace(newsroom.config.site, pages=True)
    config = msgspec.structs.replace(newsroom.config, site=site)
    addresses = ArticleAddresses(config, newsroom.database)
    sitemaps = Sitemaps(config, newsroom.database)
    times = [time.process_time()]
    index = sitemaps.pages(now)
    times.append(time.process_time())
    months = re.findall(rb"sitemap-(\d+)-(\d+).xml", index.body)
    year, month = months[len(months) // 2]
    sitemap = sitemaps.month(int(year), int(month), 1, now)
    times.append(time.process_time())
    urls = re.findall(r"<loc>(.*)</loc>", sitemap.body.decode())
    read: list[float] = []
    for url in urls[:: max(1, len(urls) // PAGES)]:
        begun = time.process_time()
        if not isinstance(
            addresses.find(unquote(url.removeprefix(f"{config.home}/")), now), ArticlePage
        ):
            raise SystemExit(f"{url} is no page")
        read.append(time.process_time() - begun)
    return {
        "page": statistics.median(read),
        "page_index": times[1] - times[0],
        "page_month": (times[2] - times[1]) / len(urls) * 1000,
    }


def serve(root: Path) -> Figures:
    """Start ``feedsvc serve``, and read all feeds."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    begun = time.perf_counter()
    command = [sys.executable, "-m", "feedsvc", "serve", "--workers", "1", "--port", str(port)]
    process = subprocess.Popen(command, cwd=root, stdout=subprocess.DEVNULL, env=environment())
    try:
        while not answered(port, "rss.xml"):
            if process.poll() is not None or time.perf_counter() - begun > 600:
                raise SystemExit("feedsvc serve gives no feed")
            time.sleep(0.005)
        ready = time.perf_counter() - begun
        pid = process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        worker, publisher = map(int, children)  # in the order in which they are started
        begun = time.perf_counter()
        for section in SECTIONS:
            if not all(answered(port, f"{section}/{FILES[format]}") for format in FORMATS):
                raise SystemExit(f"no feed of {section}")
        took = time.perf_counter() - begun
        used = memory(worker)
        idle(publisher)
        return {
            "serve": ready,
            "serve_feeds": took,
            "serve_scanned": time.perf_counter() - begun + ready,
            "worker_rss": used["VmRSS"],
            "worker_peak": used["VmHWM"],
            "worker_pss": used["Pss"],
            "publisher_rss": memory(publisher)["VmRSS"],
        }
    finally:
        process.terminate()
        process.wait()


PHASES: dict[str, Callable[..., Figures]] = {
    "fill": fill,
    "act": act,
    "first": first,
    "scan": scan,
    "pages": pages,
    "serve": serve,
}


def apart(phase: str, root: Path, *more: int, polite: bool = False) -> Figures:
    """Measure a phase in a new process, so that its memory is measured alone."""
    words = [sys.executable, "-m", "benchmarks.scale", "--phase", phase, str(root), *map(str, more)]
    command = ["nice", "-n", "10", *words] if polite else words
    begun = time.perf_counter()
    done = subprocess.run(command, cwd=HERE, env=environment(), stdout=subprocess.PIPE, check=False)
    if done.returncode:
        raise SystemExit(f"{phase} in {root} failed")
    print(f"  {phase}: {time.perf_counter() - begun:.1f} s", file=sys.stderr, flush=True)
    return json.loads(done.stdout)


def measured(folder: Path, size: int) -> Figures:
    print(f"{size:,} articles", file=sys.stderr, flush=True)
    root = make(folder, size)
    filled = root / "fill.json"
    if not filled.exists():
        shutil.rmtree(root / ".feedsvc", ignore_errors=True)
        filled.write_text(json.dumps(apart("fill", root, polite=size >= _POLITE)))
    figures: Figures = json.loads(filled.read_text())
    figures |= apart("act", root)
    starts = [apart("first", root, start) for start in range(STARTS)]
    for name in starts[0]:
        figures[name] = statistics.median(start[name] for start in starts)
    return figures | apart("scan", root) | apart("pages", root) | apart("serve", root)


def main() -> None:
    parser = argparse.ArgumentParser("./run bench scale", description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=[1000, 10_000, 100_000])
    parser.add_argument("--keep", type=Path, metavar="FOLDER")
    parser.add_argument("--reuse", type=Path, metavar="FOLDER")
    parser.add_argument("--phase", nargs="+", help=argparse.SUPPRESS)
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, ended)
    if given.phase:
        name, root, *more = given.phase
        print(json.dumps(PHASES[name](Path(root), *map(int, more))))
        return
    sizes = sorted(given.sizes)
    folder: Path | None = given.reuse or given.keep
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        show({size: measured(folder.resolve(), size) for size in sizes})
        return
    with tempfile.TemporaryDirectory(dir=room_for(sum(sizes) * _NEEDED)) as made_for_this:
        show({size: measured(Path(made_for_this), size) for size in sizes})


def room_for(needed: int) -> Path:
    """Return a folder for temporary files with room for so many bytes."""
    for folder in (Path(tempfile.gettempdir()), Path("/var/tmp"), Path.cwd()):
        if folder.is_dir() and shutil.disk_usage(folder).free > needed:
            return folder
    raise SystemExit(f"no room for {needed / 1e9:,.0f} GB; make some, or name a --keep FOLDER")


if __name__ == "__main__":
    main()
