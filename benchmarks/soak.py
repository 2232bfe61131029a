"""Test that serving stays the same under full load and a record every 100 ms, for half an hour.

Usage: ./run bench soak [--minutes 30] [--json FILE]

``feedsvc serve --workers 2`` on one core, wrk on another. A line a minute, and a verdict; exit code
1 if memory grew, an answer was wrong, or one was older than another that was there before it.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import freshness, readers
from benchmarks.freshness import Watch
from benchmarks.load import Load, command, cores, needs
from benchmarks.processes import ended, family, memory
from benchmarks.serve import PAUSE
from benchmarks.servers import Server, Stage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.load import Run

_SAMPLE = 10.0
"""Seconds between two looks at the memory."""
_GROWTH = 1.05
"""The most memory at the end, relative to the second quarter."""
_STEADY = "items = 10\nhours = 0\n"
"""Feeds with a constant number of entries: feeds of 48 hours would grow with every record."""
_ERRORS = re.compile(r"\b(?:WARNING|ERROR|CRITICAL|Traceback)\b|\w+Error:")
"""The words of errors in the output of a server."""
_SHOWN = 5


class Memory:
    """The memory of each process over time.

    :param server: its processes must be the same at the end.
    """

    def __init__(self, server: Server) -> None:
        supervisor, *workers, publisher = family(server.pid)
        names = ["supervisor", *(f"worker {n}" for n, _ in enumerate(workers, 1)), "publisher"]
        pids = [supervisor, *workers, publisher]
        self._pids = dict(zip(names, pids, strict=True))
        self._server = server
        self.taken: dict[str, list[dict[str, float]]] = {name: [] for name in names}
        self.replaced = 0

    def take(self) -> None:
        """Measure once."""
        if family(self._server.pid) != list(self._pids.values()):
            self.replaced += 1
            return
        for name, pid in self._pids.items():
            used = memory(pid)
            self.taken[name].append({"rss": used["VmRSS"], "pss": used["Pss"]})

    def line(self) -> str:
        """Return the latest memory of each process."""
        each = ((name, taken[-1]["rss"]) for name, taken in self.taken.items() if taken)
        return ", ".join(f"{name} {rss / 1e6:.0f}" for name, rss in each)

    def growth(self) -> dict[str, float]:
        """Return the memory of each process at the end, relative to the second quarter.

        The first quarter is for warming up: each worker makes each feed once.
        """
        ratios: dict[str, float] = {}
        for name, taken in self.taken.items():
            rss = [it["rss"] for it in taken]
            second, last = rss[len(rss) // 4 : len(rss) // 2], rss[-max(1, len(rss) // 8) :]
            if second:
                ratios[name] = statistics.median(last) / statistics.median(second)
        return ratios


def minute(server: Server, words: list[str], core: int, looks: Memory, seconds: float) -> Run:
    """Load the server for a minute, and measure its memory meanwhile."""
    load, due = Load(words, core), time.monotonic() + seconds
    try:
        while (left := due - time.monotonic()) > 0 and load.runs():
            time.sleep(min(_SAMPLE, left))
            if server.runs():
                looks.take()
    except BaseException:
        load.stop()
        raise
    return load.end()


def soak(stage: Stage, minutes: float, asking: int) -> tuple[dict[str, Any], list[str]]:
    """Return the figures, and the faults."""
    server = stage.start("lane", workers=2)
    server.wait()
    server.settle()
    readers.check(server, readers.requests("publish", server.port), stage.titles)
    looks, watch = Memory(server), Watch(server)
    rows: list[dict[str, Any]] = []
    end = time.monotonic() + 60 * minutes
    try:
        watch.cms.start(PAUSE)
        while (left := end - time.monotonic()) > 1:
            seconds = min(60.0, left)
            wanted = readers.requests("publish", server.port)
            words = command(wanted, server.port, 32, seconds, stage.folder)
            words = ["nice", "-n", "10", *words]  # the pollers share the core with it
            run = minute(server, words, asking, looks, seconds)
            taken = watch.taken()
            delays = [delay for each in taken.delays.values() for delay in each]
            seen = freshness.quantiles(delays)
            rows.append({**run._asdict(), "seen": seen, "records": watch.cms.count})
            print(
                f"{len(rows):>4}: {run.rate:>8,.0f}/s, p99 {run.p99:,.1f} ms, "
                f"refused {run.refused}, broken {run.broken}; {watch.cms.count:,} records, "
                f"seen p50 {seen[0]:,.0f} ms, p99 {seen[1]:,.0f} ms, {taken.wrong()}; "
                f"MB: {looks.line()}",
                flush=True,
            )
        watch.cms.stop()
        watch.wait()
    finally:
        watch.end()
    taken = watch.taken()
    wrong = [*verdict(rows, looks, taken.faults()), *taken.errors[:_SHOWN], *complaints(server)]
    return {"minutes": rows, "growth": looks.growth(), "memory": looks.taken}, wrong


def verdict(rows: Sequence[dict[str, Any]], looks: Memory, faults: int) -> list[str]:
    """Return a sentence for each fault."""
    growth = looks.growth().items()
    wrong = [f"{name} grew ×{by:.3f}" for name, by in growth if by > _GROWTH]
    counts = {
        "answers with a status above 399": sum(row["refused"] for row in rows),
        "errors of sockets": sum(row["broken"] for row in rows),
        "answers older than newer ones, lost, or failed, as pollers saw them": faults,
        "measurements at which a process had been replaced": looks.replaced,
    }
    return wrong + [f"{count} {what}" for what, count in counts.items() if count]


def complaints(server: Server) -> list[str]:
    """Return the errors in the output of a server."""
    lines = server.output.read_text(encoding="utf-8", errors="replace").splitlines()
    errors = [line for line in lines if _ERRORS.search(line)]
    return [f"{len(errors)} errors in its log:", *errors[:_SHOWN]] if errors else []


def main() -> None:
    parser = argparse.ArgumentParser("./run bench soak", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--minutes", type=float, default=30, help="30")
    parser.add_argument("--articles", type=int, default=10_000, help="in the newsroom; 10000")
    parser.add_argument("--json", type=Path, metavar="FILE", help="to which a line is added")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, ended)
    needs("wrk", "taskset")
    serving, asking = cores()
    with (
        tempfile.TemporaryDirectory() as folder,
        Stage(Path(folder), serving, given.articles, _STEADY) as stage,
    ):
        os.sched_setaffinity(0, {asking})
        figures, wrong = soak(stage, given.minutes, asking)
    if given.json:
        with given.json.open("a", encoding="utf-8") as file:
            file.write(json.dumps({**figures, "wrong": wrong}) + "\n")
    growth = ", ".join(f"{name} ×{by:.3f}" for name, by in figures["growth"].items())
    print(f"memory at the end, to that in the second quarter: {growth}")
    print("\n".join(["FAILED", *wrong] if wrong else ["ok"]))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
