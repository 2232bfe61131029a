"""Measure three machines with one PostgreSQL: delays, a hot GET, failovers, the cost of the store.

Usage: ./run bench cluster [--keep FOLDER] [SIZE …]

Without sizes: 1000 100000. For each, a store in PostgreSQL is filled with a newsroom; then articles
are published and feeds are read that no process has in memory, and the server counts statements and
time (pg_stat_statements). ``--keep`` leaves the newsrooms with their databases in a folder, and
uses the ones that are there, as long as the code that reads records is the same; with ``--make``
they are only made. A million articles need 13 GB and half an hour. Figures are of this machine at
this moment.
"""

from __future__ import annotations

import argparse
import itertools
import re
import signal
import tempfile
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import database_cost
from benchmarks.freshness import quantiles
from benchmarks.load import Client, Load, Request, command, cores, needs
from benchmarks.processes import ended, family, spent
from feedsvc.store.key_values import setting
from tests.conftest import article
from tests.tools.cluster import CONFIG, Cluster, Machine, cluster
from tests.tools.cluster_faults import KINDS, Faults
from tests.tools.cluster_life import program
from tests.tools.service import Service, until

if TYPE_CHECKING:
    from collections.abc import Callable

_PUBLICATIONS = 200
_FAILOVERS = 3
"""Of each kind."""
_SECONDS = 3.0
"""For which a hot feed is read."""
_POLL = 0.005
"""Seconds between two requests of a poller: three of them leave the machines time."""
_PAUSE = 0.1
"""Seconds between two publications."""
_FEED = "/local/rss.xml"
_NUMBER = re.compile(rb"<title>Story p(\d+) v1</title>")


class Poller:
    """Asks one machine for a feed all the time, and notes when each article was seen first.

    Its connection has had requests for a feed alone, so that the machine answers without Flask.
    """

    def __init__(self, machine: Machine) -> None:
        self.seen: dict[int, float] = {}
        self._port = machine.port
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._poll)
        self._thread.start()

    def _poll(self) -> None:
        etag = ""
        with Client(self._port) as client:
            while not self._stop.wait(_POLL):
                answer = client.ask(Request(_FEED, (("If-None-Match", etag),), 200))
                now = time.time()
                if answer.status == 200:
                    etag = answer.headers["etag"]
                    for number in map(int, _NUMBER.findall(answer.body)):
                        self.seen.setdefault(number, now)

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()


def delays(running: Cluster, folder: Path) -> tuple[list[float], list[float]]:
    """Return the milliseconds of each publication until it was seen on all machines.

    :returns: from its request, and from its commit: a change has the time as its number.
    """
    requested, committed = list[float](), list[float]()
    publish(running, 0)  # else there is no feed yet
    pollers = [Poller(machine) for machine in running.machines]
    try:
        with closing(running.database(folder)) as database:
            for number in range(1, _PUBLICATIONS + 1):
                begun = time.time()
                publish(running, number)
                with database.reading() as connection:
                    commit = int(setting(connection, "changes") or 0) / 1e6
                until(lambda n=number: all(n in it.seen for it in pollers), 10)
                time.sleep(_PAUSE)
                last = max(it.seen[number] for it in pollers)
                requested.append(1000 * (last - begun))
                committed.append(1000 * (last - commit))
    finally:
        for poller in pollers:
            poller.stop()
    return requested, committed


def publish(running: Cluster, number: int) -> None:
    """Publish an article by one of the machines."""
    content = {"headline": f"Story p{number} v1", "published": "2026-11-20 08:30", "body": "Text."}
    port = running.machines[number % len(running.machines)].port
    answer = program(port, running.token, "PUT", f"articles/local/p{number}", content)
    if answer.status != 201:
        raise SystemExit(f"a publication was answered {answer.status}: {answer.body[:200]!r}")


def hot(port: int, pid: int, folder: Path, core: int) -> float:
    """Return the microseconds of the processor for a GET of a hot feed."""
    requests = [Request(_FEED, (), 200)]
    Load(command(requests, port, 16, 1.0, folder), core).end()
    before = spent(family(pid))
    run = Load(command(requests, port, 16, _SECONDS, folder), core).end()
    return 1e6 * (spent(family(pid)) - before) / run.requests


def alone(folder: Path, use: Callable[[Service], float]) -> float:
    """Return a figure of a service with its store in a file."""
    (folder / "articles" / "local").mkdir(parents=True)
    config = CONFIG.partition("[store]")[0].replace("database", "folder")
    (folder / "config.toml").write_text(config)
    for number in range(_PUBLICATIONS):
        text = article(f"Story p{number} v1", "Text.")
        (folder / "articles" / "local" / f"p{number}.md").write_text(text)
    service = Service(folder).wait()
    try:
        return use(service)
    finally:
        service.end()


def failovers(folder: Path) -> None:
    """Print how soon another machine publishes."""
    with cluster(folder) as running:
        faults = Faults(running, folder / "outside")
        for kind in itertools.chain.from_iterable([KINDS] * _FAILOVERS):
            if machine := running.publisher():
                faults.strike(kind, machine, 0.0)
    for kind, taken in faults.takeovers.items():
        times = ", ".join(f"{seconds:.1f}" for seconds in sorted(taken))
        print(f"publisher {kind}: another one published after {times} s", flush=True)


def machines(folder: Path) -> None:
    """Print the delays and the cost of a hot feed."""
    core = cores()[1]
    with cluster(folder, direct=True) as running:
        for name, taken in zip(("request", "commit"), delays(running, folder / "o"), strict=True):
            p50, p99 = quantiles(taken)
            print(f"from the {name} to all machines: p50 {p50:.0f} ms, p99 {p99:.0f} ms")
        one = running.machines[0]
        shared = hot(one.port, one.service.process.pid, folder, core)
    single = alone(folder / "alone", lambda it: hot(it.port, it.process.pid, folder, core))
    print(f"a hot GET: {shared:.1f} µs of the processor, {single:.1f} µs with the store in a file")


def main() -> None:
    parser = argparse.ArgumentParser("./run bench cluster", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("sizes", nargs="*", type=int, metavar="SIZE", help="1000 100000")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="for the newsrooms")
    parser.add_argument("--only", choices=["machines", "failovers", "store"], help="one part")
    parser.add_argument("--make", action="store_true", help="only make the newsrooms")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, ended)
    sizes = given.sizes or [1000, 100_000]
    if given.make:
        database_cost.show(given.keep, sizes, measured=False)
        return
    needs("wrk", "nginx")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)  # the user of PostgreSQL goes through it
        for part, measure in (("machines", machines), ("failovers", failovers)):
            if given.only in (None, part):
                (folder / part).mkdir()
                measure(folder / part)
        if given.only in (None, "store"):
            database_cost.show(given.keep or folder, sizes)


if __name__ == "__main__":
    main()
