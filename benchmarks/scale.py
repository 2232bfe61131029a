"""What a publish, a start and memory cost in newsrooms of any size, a million articles included.

Usage: ./run bench scale [--keep FOLDER | --reuse FOLDER] [SIZE …]

Without sizes: 1000 10000 100000. A newsroom of a million articles needs 16 GB and an hour.
``--keep`` leaves the newsrooms, read into their stores, in a folder; ``--reuse`` measures those
there. Figures are of this machine at this moment: compare only those of one run, as the ratios
to its smallest size do. Where others use the machine, compare processor times. The first fill is
measured where a newsroom is made; all else, each time.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
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
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmarks import publish
from benchmarks.publish import BUSY, RANKS, SECTIONS
from feedsvc import publishing
from feedsvc.config import load
from feedsvc.ingest.writing import write_record
from feedsvc.model.feed import FORMATS
from feedsvc.store import feeds, listings
from feedsvc.store.database import NAME, Database
from feedsvc.syndication import Syndication
from feedsvc.urls import ancestors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import FrameType

    from feedsvc.model.change import Act

Figures = dict[str, float]
"""What was measured, in seconds, bytes or pieces; nothing for what a newsroom is too small for."""

ROUNDS = 60
STARTS = 7
"""Processes that read their first feed."""
_NEEDED = 16_000
"""Bytes on disk for each article: its file, and the store while it is being filled."""
_POLITE = 500_000
"""Articles from which making them takes so long that others on the machine go first."""
_HERE = Path(__file__).resolve().parent.parent
_CONFIG = """[site]
title = "Many"
url = "https://many.example"
[feeds]
url = "https://feeds.many.example"
kill_notice = 60
"""
_AGE = timedelta(days=30)
"""How old the newest article is when a newsroom is made."""
_STEPS: dict[Act, timedelta] = {
    "publish": timedelta(minutes=7),  # as in the records, so that 48 hours hold as many as before
    "correct": timedelta(seconds=1),
    "kill": timedelta(seconds=1),
}
"""What the clock of a newsroom goes on in a round."""
_RUN = ROUNDS * (_STEPS["publish"] + 2 * _STEPS["correct"] + 2 * _STEPS["kill"])


class Taken(NamedTuple):
    """What one round took, in seconds of the processor but for ``wall``."""

    wall: float
    work: float
    written: float
    synced: float
    sections: float
    site: float
    archive: float
    corrections: float
    """After the round, which it is no part of."""


class Newsroom:
    """A newsroom in a folder, as its publisher and a reader have it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.config = load(root / "config.toml", environ={})
        self.database = Database(self.config.state)
        self.syndication = Syndication(self.config, self.database)
        self.size, self.run, newest = json.loads((root / "about.json").read_text())
        self.newest = datetime.fromtimestamp(newest, UTC)
        self.now = self.newest + self.run * _RUN

    def read(self, section: str) -> None:
        for form in FORMATS:
            self.syndication.document(section, form, self.now)

    def read_archive(self, section: str, number: int) -> None:
        for form in FORMATS:
            self.syndication.archive(section, number, form, self.now)

    def read_corrections(self, section: str) -> None:
        for form in FORMATS:
            self.syndication.corrections(section, form, self.now)

    def archives(self, section: str) -> int:
        with self.database.reading() as connection:
            return feeds.count_archives(connection, [section]).get(section, 0)

    def archive_of(self, own: str, section: str) -> int:
        """Return the number of the section's archive that an article stands in; 0 if in none."""
        with self.database.reading() as connection:
            places = listings.places(connection, [own]).get(own, [])
        return next((it.archive for it in places if it.section == section), 0)

    def tell(self, name: str, text: str, act: Act, archive: int = 0) -> Taken:
        """Write a record, publish it, and have its feeds' new bytes ready.

        :param archive: of its section, to be made too.
        """
        self.now += _STEPS[act]
        section = name.rpartition("/")[0]
        place = f"articles/{name}.md"
        times, begun = [time.process_time()], time.perf_counter()
        write_record(self.root / place, text, replace=act != "publish")
        times.append(time.process_time())
        report = publishing.sync(self.database, self.config, self.now, near={place})
        times.append(time.process_time())
        for above in ancestors(section)[:-1]:
            self.read(above)
        times.append(time.process_time())
        self.read("")
        times.append(time.process_time())
        if archive:
            self.read_archive(section, archive)
        times.append(time.process_time())
        wall = time.perf_counter() - begun
        for above in ancestors(section):
            self.read_corrections(above)
        times.append(time.process_time())
        if (act, name) not in {(it.act, it.id) for it in report.changes}:
            raise SystemExit(f"not a {act} of {name}: {report.changes} {report.problems[:3]}")
        self.check(section, text, act, archive)
        return Taken(wall, times[-2] - times[0], *(after - it for it, after in pairwise(times)))

    def check(self, section: str, text: str, act: Act, archive: int) -> None:
        """Stop if a feed does not hold what it must, or still holds what was killed."""
        headline = text.partition("headline: ")[2].partition("\n")[0].encode()
        feed = self.syndication.document(section, "rss", self.now)
        if archive:
            feed = self.syndication.archive(section, archive, "rss", self.now)
        if (b">%s<" % headline in feed.body) == (act == "kill"):
            raise SystemExit(f"after a {act}, {feed.url} is wrong about {headline!r}")


def fill(root: Path) -> Figures:
    """Read a newsroom for the first time."""
    room = Newsroom(root)
    read: list[float] = []
    begun, worked = time.perf_counter(), time.process_time()
    report = publishing.sync(
        room.database,
        room.config,
        room.newest,
        lambda _done, _all: read.append(time.perf_counter()),
    )
    took, work = time.perf_counter() - begun, time.process_time() - worked
    if report.read != room.size or report.problems:
        raise SystemExit(f"{report.read} of {room.size} articles were read; {report.problems[:3]}")
    room.database.close()
    store = sum(file.stat().st_size for file in room.config.state.iterdir())
    return {
        "fill": took,
        "fill_work": work,
        "fill_rate": room.size / took,
        "fill_begin": read[0] - begun,
        "fill_end": begun + took - read[-1],
        "fill_store": store / room.size,
        "fill_memory": memory(os.getpid())["VmHWM"],
    }


def act(root: Path) -> Figures:
    """Publish, correct and kill, each as often as there are rounds."""
    room, pool = Newsroom(root), publish.paragraphs()
    (root / "about.json").write_text(json.dumps((room.size, room.run + 1, room.newest.timestamp())))
    publishing.sync(room.database, room.config, room.now)
    for section in {above for busy in BUSY for above in ancestors(busy)}:
        room.read(section)
        room.read_corrections(section)
    start = room.now
    names = [f"{BUSY[turn % len(BUSY)]}/run{room.run}-{turn}" for turn in range(ROUNDS)]

    def rounds(what: Act, more: Callable[[datetime], list[str]]) -> Iterator[Taken]:
        for turn, name in enumerate(names):
            published = start + _STEPS["publish"] * (turn + 1)
            lines = more(room.now + _STEPS[what])
            text = publish.record(10**9 + 100 * room.run + turn, published, pool, lines)
            yield room.tell(name, text, what)

    found = summary("publish", list(rounds("publish", lambda _: [])))
    for what, more in ENDINGS.items():
        found |= summary(f"{what}_recent", list(rounds(what, more)))
    for place, (what, more) in enumerate(ENDINGS.items()):
        taken: list[Taken] = []
        for number in list(archived(room, 2 * room.run + place)):
            name, published = publish.stem(number), publish.released(number, room.newest)
            section = name.rpartition("/")[0]
            archive = room.archive_of(name, section)
            room.read_archive(section, archive)
            lines = publish.besides(number, published) + more(room.now + _STEPS[what])
            text = publish.record(number, published, pool, lines)
            taken.append(room.tell(name, text, what, archive))
        found |= summary(f"{what}_archived", taken)
    room.database.close()
    return found


def killed(moment: datetime) -> list[str]:
    return ["status: canceled", *publish.corrected(moment)]


ENDINGS: dict[Act, Callable[[datetime], list[str]]] = {
    "correct": publish.corrected,
    "kill": killed,
}
"""What else becomes of an article, with the lines of its record that say so."""


def archived(room: Newsroom, turn: int) -> Iterator[int]:
    """Yield articles from the middle of their sections, if archives hold them.

    :param turn: with another one they are others.
    """
    each = ROUNDS // len(BUSY)
    for section in BUSY:
        rank = len(RANKS[section]) * room.size // 2000 + 2 * each * turn
        found = [publish.numbered(section, rank + step) for step in range(2 * each)]
        lasting = [number for number in found if not publish.expires(number)][:each]
        yield from (it for it in lasting if room.archive_of(publish.stem(it), section))


def summary(name: str, rounds: Sequence[Taken]) -> Figures:
    if not rounds:
        return {}
    parts = zip(*rounds, strict=True)
    medians = zip(Taken._fields, map(statistics.median, parts), strict=True)
    found = {f"{name}_{part}": median for part, median in medians}
    if not name.endswith("archived"):
        del found[f"{name}_archive"]
    return {**found, f"{name}_p95": statistics.quantiles((it.wall for it in rounds), n=20)[18]}


def first(root: Path, start: int) -> Figures:
    """Read feeds for the first time in a process; no other one reads the same sections."""
    now, quiet = datetime.now(UTC), [section for section in SECTIONS if section not in BUSY][start]
    with closing(sqlite3.connect(root / ".feedsvc" / NAME)) as connection, connection:
        names = (f"{quiet}/", f"{quiet}0")
        connection.execute("DELETE FROM fragments WHERE id > ? AND id < ?", names)
    times, works = [time.perf_counter()], [time.process_time()]

    def done() -> None:
        times.append(time.perf_counter())
        works.append(time.process_time())

    room = Newsroom(root)
    done()
    room.syndication.document(BUSY[start], "rss", now)
    done()
    room.syndication.document("", "rss", now)
    done()
    room.syndication.document(quiet, "rss", now)
    done()
    names = ["open", "section", "site", "quiet"]
    if room.run <= room.archives(BUSY[start]):
        done()
        room.syndication.archive(BUSY[start], room.run, "rss", now)
        done()
        names += ["between", "archive"]
    found: Figures = {}
    for ending, each in (("", times), ("_work", works)):
        taken = (after - before for before, after in pairwise(each))
        found |= {f"first_{it}{ending}": one for it, one in zip(names, taken, strict=True)}
    return found


def scan(root: Path) -> Figures:
    """Look at all files, none of which changed."""
    room = Newsroom(root)
    times: list[float] = []
    for _ in range(3):
        begun = time.perf_counter()
        if publishing.sync(room.database, room.config, datetime.now(UTC)).read:
            raise SystemExit("files had changed")
        times.append(time.perf_counter() - begun)
    took = statistics.median(times)
    return {
        "scan": took,
        "scan_rate": room.size / took,
        "scan_memory": memory(os.getpid())["VmHWM"],
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
            if not all(answered(port, f"{section}/{form}.xml") for form in FORMATS):
                raise SystemExit(f"no feed of {section}")
        took = time.perf_counter() - begun
        found = memory(worker)
        idle(publisher)
        return {
            "serve": ready,
            "serve_feeds": took,
            "serve_scanned": time.perf_counter() - begun + ready,
            "worker_rss": found["VmRSS"],
            "worker_peak": found["VmHWM"],
            "worker_pss": found["Pss"],
            "publisher_rss": memory(publisher)["VmRSS"],
        }
    finally:
        process.terminate()
        process.wait()


def answered(port: int, path: str) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", f"/{path}")
        response = connection.getresponse()
        return bool(response.read()) and response.status == 200
    except OSError:
        return False
    finally:
        connection.close()


def idle(pid: int) -> None:
    """Wait until a process has nothing to do."""
    before = -1
    while (now := sum(map(int, stat(pid)[13:15]))) != before:
        before = now
        time.sleep(1)


def stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().split()


def memory(pid: int) -> dict[str, float]:
    """Return what a process has in memory, by the names of proc(5), in bytes."""
    found: dict[str, float] = {}
    for file in ("status", "smaps_rollup"):
        for line in Path(f"/proc/{pid}/{file}").read_text().splitlines():
            name, _, value = line.partition(":")
            if value.endswith(" kB"):
                found[name] = int(value.split()[0]) * 1024
    return found


PHASES: dict[str, Callable[..., Figures]] = {
    "fill": fill,
    "act": act,
    "first": first,
    "scan": scan,
    "serve": serve,
}


def apart(phase: str, root: Path, *more: int, polite: bool = False) -> Figures:
    """Measure something in a process of its own, so that its memory is, too."""
    words = [sys.executable, "-m", "benchmarks.scale", "--phase", phase, str(root), *map(str, more)]
    command = ["nice", "-n", "10", *words] if polite else words
    begun = time.perf_counter()
    done = subprocess.run(
        command, cwd=_HERE, env=environment(), stdout=subprocess.PIPE, check=False
    )
    if done.returncode:
        raise SystemExit(f"{phase} in {root} failed")
    print(f"  {phase}: {time.perf_counter() - begun:.1f} s", file=sys.stderr, flush=True)
    return json.loads(done.stdout)


def environment() -> dict[str, str]:
    others = ("FEEDSVC_", "STATE_DIRECTORY")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(others)}
    return {**kept, "PYTHONPATH": str(_HERE)}


def made(folder: Path, size: int) -> Path:
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


def measured(folder: Path, size: int) -> Figures:
    print(f"{size:,} articles", file=sys.stderr, flush=True)
    root = made(folder, size)
    filled = root / "fill.json"
    if not filled.exists():
        shutil.rmtree(root / ".feedsvc", ignore_errors=True)
        filled.write_text(json.dumps(apart("fill", root, polite=size >= _POLITE)))
    found: Figures = json.loads(filled.read_text())
    found |= apart("act", root)
    starts = [apart("first", root, start) for start in range(STARTS)]
    for name in starts[0]:
        found[name] = statistics.median(start[name] for start in starts)
    return found | apart("scan", root) | apart("serve", root)


_LINES = """
first fill
fill: the whole, s
fill_work: processor time of it, s
fill_begin: until the first 500 are written, s
fill_end: after the last are written: archives, s
fill_rate: articles a second,
fill_store: store, bytes an article,
fill_memory: memory of the publisher, at most, MB
$ACTS
first read after a restart, each process its own
first_open: store opened, ms
first_open_work:   processor time, ms
first_section: section, rendered before, ms
first_section_work:   processor time, ms
first_site: then the site, rendered before, ms
first_site_work:   processor time, ms
first_quiet: then a quiet section, never rendered, ms
first_quiet_work:   processor time, ms
first_archive: then an archive, never rendered, ms
first_archive_work:   processor time, ms

nothing changed
scan: all files looked at, s
scan_rate: files a second,
scan_memory: memory of it, at most, MB

feedsvc serve --workers 1
serve: until it gives the first feed, s
serve_scanned: until all files are looked at, too (± 1 s), s
serve_feeds: 600 feeds of 300 sections read, s
worker_rss: memory of the worker then (RSS), MB
worker_pss:   its share of it (PSS), MB
worker_peak:   at most, MB
publisher_rss: memory of the publisher (RSS), MB
"""
_ACT = """
$WORDS
$ACT_wall: median, ms
$ACT_p95: 95th percentile, ms
$ACT_work: processor time, ms
$ACT_written:   the record written, ms
$ACT_synced:   sync, ms
$ACT_sections:   section and the one above, RSS and Atom, ms
$ACT_site:   site, RSS and Atom, ms
$ACT_archive:   the section's archive, RSS and Atom, ms
$ACT_corrections: not in it: the three feeds of corrections, twice, ms
"""
ACTS = {
    "publish": "publish one article",
    "correct_recent": "correct one of the newest",
    "kill_recent": "kill one of the newest",
    "correct_archived": "correct one in the archives",
    "kill_archived": "kill one in the archives",
}
_UNITS = {"ms": 1e3, "s": 1.0, "MB": 1e-6, "": 1.0}


def show(found: dict[int, Figures]) -> None:
    """Print the table; every ratio is to the smallest newsroom that has the line."""
    print(f"{'articles':<54}" + "".join(f"{size:>20,}" for size in found))
    acts = (_ACT.replace("$ACT", act).replace("$WORDS", words) for act, words in ACTS.items())
    for line in _LINES.replace("$ACTS", "".join(acts)).splitlines():
        key, _, rest = line.partition(": ")
        values = [figures.get(key) for figures in found.values()]
        base = next((value for value in values if value), None)
        if not rest:
            print(line)
        elif base:
            unit = rest.rpartition(",")[2].strip()
            shown = [_cell(value, unit, base) for value in values]
            print(f"  {rest.rstrip(','):<52}{''.join(shown)}".rstrip())


def _cell(value: float | None, unit: str, base: float) -> str:
    if value is None:
        return " " * 20
    shown = value * _UNITS[unit]
    digits = 0 if shown >= 1000 else 1 if shown >= 10 else 2
    ratio = f" ×{value / base:.2f}" if value != base else ""
    return f"{shown:,.{digits}f}{ratio:>8}".rjust(20)


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


def ended(_signal: int, _frame: FrameType | None) -> None:
    """End as after an error: nothing is left running, and no folder lying."""
    sys.exit(1)


def room_for(needed: int) -> Path:
    """Return a folder for temporary files with room for so many bytes."""
    for folder in (Path(tempfile.gettempdir()), Path("/var/tmp"), Path.cwd()):
        if folder.is_dir() and shutil.disk_usage(folder).free > needed:
            return folder
    raise SystemExit(f"no room for {needed / 1e9:,.0f} GB; make some, or name a --keep FOLDER")


if __name__ == "__main__":
    main()
