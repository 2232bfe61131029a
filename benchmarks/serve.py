"""Measure how fast feeds are served, beside nginx, other servers and other frameworks.

Usage: ./run bench serve [--rounds 5] [--seconds 3] [--json FILE] …

Needs Debian's wrk and nginx, and two cores: one for the servers, one for the clients. All servers
take turns in one run; compare only figures of one run. ``wrk`` is the share of its core that wrk
used: near 100 %, the server could do more.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import statistics
import tempfile
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import freshness, readers
from benchmarks.cms import Cms, newest
from benchmarks.load import Load, Request, Run, ask, command, cores, needs
from benchmarks.processes import ended
from benchmarks.readers import KINDS
from benchmarks.servers import NAMES, PUBLISHING, Server, Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.freshness import Delays

YARDSTICK = "nginx"
PAUSE = 0.1
"""Seconds between two records."""
_PATIENCE = 10.0
"""Seconds within which the last record of a turn must be in its feed."""
_WARM = 3.0
"""Seconds after which each worker has served every feed."""
_WIDE = 46
"""Characters of a server's name in the tables."""
_HEAD = " " * _WIDE + "  requests/s   to nginx   p50 ms   p99 ms  µs each   wrk"
MIDDLE = ("rate", "p50", "p99", "busy")
_SAMPLE = 20
"""One in this number of requests is checked if a server is slow."""


class Turns:
    """Measures one kind of request after the other, each server in turn."""

    def __init__(
        self, servers: Sequence[Server], given: argparse.Namespace, folder: Path, core: int
    ) -> None:
        self._servers = servers
        self._given = given
        self._folder = folder
        self._asking = core
        self._cms = {it.kind: Cms(it.home) for it in servers if it.kind in PUBLISHING}

    def measure(self, kind: str, titles: dict[str, list[str]]) -> dict[str, dict[str, float]]:
        """Return the figures of a kind of request, by server."""
        wanted: dict[str, list[Request]] = {}
        runs: dict[str, list[tuple[Run, float]]] = {it.kind: [] for it in self._servers}
        unpublished = dict.fromkeys(runs, 0)
        for turn in range(self._given.rounds):
            for server in self._servers:
                publishes = KINDS[kind].publishing and server.kind in PUBLISHING
                if turn == 0:
                    wanted[server.kind] = self._checked(server, kind, titles)
                elif publishes:  # its validators are out of date
                    wanted[server.kind] = readers.requests(kind, server.port)
                server.settle()
                cms = self._cms[server.kind] if publishes else None
                runs[server.kind].append(self._run(server, wanted[server.kind], cms))
                if cms:
                    unpublished[server.kind] += not _is_published(server, cms)
        return {name: _figures(each, unpublished[name]) for name, each in runs.items()}

    def _checked(self, server: Server, kind: str, titles: dict[str, list[str]]) -> list[Request]:
        """Return the requests of a kind, after a check of their answers."""
        wanted = readers.requests(kind, server.port)
        slow = server.kind in ("flask", "django")
        readers.check(server, wanted[:: _SAMPLE if slow and len(wanted) > 1 else 1], titles)
        return wanted

    def _run(self, server: Server, wanted: list[Request], cms: Cms | None) -> tuple[Run, float]:
        """Return the counts of wrk, and the processor time of the server for each request."""
        given = self._given
        words = command(wanted, server.port, given.connections, given.seconds, self._folder)
        before = server.spent()
        if cms:
            cms.start(PAUSE)
        try:
            run = Load(words, self._asking).end()
        finally:
            if cms:
                cms.stop()
        return run, (server.spent() - before) / max(run.requests, 1)


def _is_published(server: Server, cms: Cms) -> bool:
    """Wait until the last record is in its feed."""
    if cms.last is None:
        return True
    request = Request(f"/{cms.last.section}/rss.xml", (("Accept-Encoding", "identity"),), 200)
    deadline = time.monotonic() + _PATIENCE
    while newest(ask(server.port, request).body) < cms.last.number:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _figures(measured: list[tuple[Run, float]], unpublished: int) -> dict[str, float]:
    runs = [run for run, _ in measured]
    return {
        **{name: statistics.median(getattr(it, name) for it in runs) for name in MIDDLE},
        "work": statistics.median(work for _, work in measured),
        "refused": sum(it.refused for it in runs),
        "broken": sum(it.broken for it in runs),
        "unpublished": unpublished,
    }


def show(kind: str, figures: dict[str, dict[str, float]]) -> None:
    """Print the figures of a kind."""
    base = figures.get(YARDSTICK, {}).get("rate", 0.0)
    print(f"\n{KINDS[kind].label}\n{_HEAD}")
    for name, row in figures.items():
        ratio = f"×{row['rate'] / base:.2f}" if base else ""
        wrong = {"status above 399": "refused", "socket": "broken", "not published": "unpublished"}
        errors = [f"{row[key]:,.0f} {words}" for words, key in wrong.items() if row[key]]
        faults = f"   ERRORS: {', '.join(errors)}" if errors else ""
        still = KINDS[kind].publishing and name not in PUBLISHING
        print(
            f"  {NAMES[name] + (' (nothing new)' if still else ''):<{_WIDE}}{row['rate']:>10,.0f}"
            f"{ratio:>11}{row['p50']:>9,.2f}{row['p99']:>9,.2f}{row['work'] * 1e6:>9,.0f}"
            f"{row['busy']:>6.0%}{faults}",
            flush=True,
        )


def remember(servers: Sequence[Server]) -> dict[str, dict[str, float]]:
    """Print and return the memory of the servers."""
    print(f"\nmemory of all processes after that, MB\n{'RSS':>{_WIDE + 12}}{'PSS':>11}")
    sizes: dict[str, dict[str, float]] = {}
    for server in servers:
        rss, pss = server.memory()
        sizes[server.kind] = {"rss": rss, "pss": pss}
        print(f"  {server.name:<{_WIDE}}{rss / 1e6:>10,.1f}{pss / 1e6:>11,.1f}")
    return sizes


def seen(stage: Stage, given: argparse.Namespace, asking: int) -> dict[str, Any]:
    """Measure the delay of new bytes on each of two workers, at rest and under load."""
    server = stage.start("lane", workers=2)
    server.wait()
    wanted = readers.requests("publish", server.port)
    server.settle()
    watch = freshness.Watch(server)
    print(f"\nfrom a record's rename to an answer with it: {given.records} records, two workers")
    try:
        quiet = freshness.measure(watch, given.records, PAUSE)
        print(f"  at rest             {quiet.summary()}", flush=True)
        words = command(wanted, server.port, given.connections, 24 * 3600, stage.folder)
        # The pollers share the core with wrk, and must not wait for it.
        load = Load(["nice", "-n", "10", *words], asking)
        try:
            time.sleep(_WARM)
            busy = freshness.measure(watch, given.records, PAUSE)
        finally:
            load.stop()
            run = load.end()
        print(f"  under load of wrk   {busy.summary()}; {_errors(run)}", flush=True)
    finally:
        watch.end()
    return {"quiet": _delays(quiet), "load": {**_delays(busy), "wrk": run._asdict()}}


def _errors(run: Run) -> str:
    return f"wrk: {run.rate:,.0f}/s, {run.refused} refused, {run.broken} broken"


def _delays(measured: Delays) -> dict[str, Any]:
    each = [freshness.quantiles(delays) for delays in measured.delays.values()]
    return {
        "p50": [p50 for p50, _ in each],
        "p99": [p99 for _, p99 in each],
        "stale": measured.stale,
        "lost": measured.lost,
        "errors": len(measured.errors),
    }


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("./run bench serve", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    add: Callable[..., object] = partial(parser.add_argument)
    add("--rounds", type=int, default=5, help="turns of each server; 5")
    add("--seconds", type=int, default=3, help="that a turn takes; 3")
    add("--connections", type=int, default=32, help="that wrk keeps open; 32")
    add("--articles", type=int, default=10_000, help="in the newsroom; 10000")
    add("--records", type=int, default=200, help="written to see how soon they are seen; 0: none")
    add("--kinds", nargs="+", choices=KINDS, default=list(KINDS), help="of requests; all")
    add("--servers", nargs="+", choices=NAMES, default=list(NAMES), help="that are compared; all")
    add("--json", type=Path, metavar="FILE", help="to which a line with all figures is added")
    return parser.parse_args()


def main() -> None:
    given = arguments()
    signal.signal(signal.SIGTERM, ended)
    needs("wrk", "nginx", "taskset")
    serving, asking = cores()
    result: dict[str, Any] = {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        **{name: getattr(given, name) for name in ("rounds", "seconds", "connections", "articles")},
        "kinds": {},
    }
    with (
        tempfile.TemporaryDirectory() as folder,
        Stage(Path(folder), serving, given.articles) as stage,
    ):
        os.sched_setaffinity(0, {asking})
        servers = [stage.start(name) for name in NAMES if name in given.servers]
        for server in servers:
            server.wait()
            server.settle()  # feedsvc reads its copy of the newsroom once more
        turns = Turns(servers, given, stage.folder, asking)
        print(
            f"medians of {given.rounds} rounds of {given.seconds} s, wrk -t1 -c{given.connections}"
        )
        for kind in (kind for kind in KINDS if kind in given.kinds):
            result["kinds"][kind] = turns.measure(kind, stage.titles)
            show(kind, result["kinds"][kind])
        result["memory"] = remember(servers)
        if given.records:
            result["freshness"] = seen(stage, given, asking)
    if given.json:
        with given.json.open("a", encoding="utf-8") as file:
            file.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
