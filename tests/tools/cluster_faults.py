"""Faults of a cluster: machines that die, stop or are cut off, and the documents after them."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple

from feedsvc.ingest.records import RecordWrite
from feedsvc.publishing.record_table import RecordTable
from tests.tools.cluster import CONFIG, Cluster, Machine
from tests.tools.cluster_life import NOTHING, Answer, ask
from tests.tools.documents import OWN_DATE
from tests.tools.service import until

LEASE = 5.0
"""Seconds of the longest lease of a publisher: a transaction that stopped is undone then."""
_CODINGS = (".gz", ".br", ".zst")


class Kind(NamedTuple):
    """A kind of fault."""

    harm: Callable[[Machine], object]
    heal: Callable[[Machine], object]


def _crash_one(machine: Machine) -> None:
    with suppress(ProcessLookupError):  # it may just have ended
        os.kill(random.choice(machine.service.children()), signal.SIGKILL)


KINDS = {
    "killed": Kind(Machine.kill, Machine.start),
    "paused": Kind(lambda it: it.signal(signal.SIGSTOP), lambda it: it.signal(signal.SIGCONT)),
    "cut off": Kind(lambda it: it.network.cut(), lambda it: it.network.heal()),
    "one process killed": Kind(_crash_one, lambda _: None),
}


class Faults:
    """Does faults one after another, and measures how soon another machine publishes."""

    def __init__(self, cluster: Cluster, folder: Path) -> None:
        self._cluster = cluster
        self._folder = folder
        self.takeovers = defaultdict[str, list[float]](list)
        """Seconds until another machine published, by the kind of the fault."""
        self._count = 0

    def strike(self, kind: str, machine: Machine, seconds: float) -> None:
        """Harm a machine for some seconds, and wait until all are well again."""
        publishes = self._cluster.publisher() is machine
        begun = time.monotonic()
        KINDS[kind].harm(machine)
        if publishes:
            self.takeovers[kind].append(self._publication(machine) - begun)
        time.sleep(max(0.0, begun + seconds - time.monotonic()))
        KINDS[kind].heal(machine)
        self._cluster.wait()

    def stop_database(self, seconds: float) -> None:
        """Stop all processes of the database, and let them go on after some time."""
        server = self._cluster.server
        server.signal(signal.SIGSTOP)
        time.sleep(seconds)
        server.signal(signal.SIGCONT)
        self._cluster.wait()

    def crash_database(self, seconds: float) -> None:
        """End the database at once, and start it again after some time."""
        self._cluster.server.stop()
        time.sleep(seconds)
        self._cluster.server.start()
        self._cluster.wait()

    def _publication(self, harmed: Machine) -> float:
        """Return when a record is published that only a publisher looks for."""
        self._count += 1
        path, mark = f"world/z{self._count}.md", f"z{self._count} v1"
        text = f"---\nheadline: Story {mark}\npublished: 2026-11-20 08:30\n---\nText.\n"
        with closing(self._cluster.database(self._folder)) as database:
            RecordTable(database, 10_000).save(RecordWrite(path, None, text.encode()))
        well = next(it for it in self._cluster.machines if it is not harmed)
        until(lambda: mark.encode() in ask(well.port, "GET", "/world/rss.xml").body)
        return time.monotonic()


def differences(cluster: Cluster, folder: Path) -> list[str]:
    """Return the documents that differ on a machine, or in a new store in a file.

    The feed's own date is left out of the second comparison: it is when the store was changed.
    """
    copy, site = folder / "copy", folder / "out" / "site"
    _feedsvc(cluster.machines[0].folder, "export", str(copy))
    (copy / "config.toml").write_text(CONFIG.partition("[store]")[0].replace("database", "folder"))
    _feedsvc(copy, "build", str(site.parent))
    different: list[str] = []
    files = [it for it in site.rglob("*") if it.is_file() and it.suffix not in _CODINGS]
    for file in sorted(it for it in files if it.name != "robots.txt"):  # each kind has its own
        path = f"/{file.relative_to(site)}".removesuffix("/index.html") or "/"
        answers = [ask(machine.port, "GET", path) for machine in cluster.machines]
        if answers[0] == NOTHING or any(it != answers[0] for it in answers):
            different.append(f"{path} on the machines")
        elif file.suffix == ".html":
            continue  # a page of the server says more than a file can
        elif _undated(answers[0]) != OWN_DATE.sub(b"", file.read_bytes(), count=1):
            different.append(f"{path} in a new store")
    return different


def _undated(answer: Answer) -> bytes:
    return OWN_DATE.sub(b"", answer.body, count=1)


def _feedsvc(folder: Path, *words: str) -> None:
    environ = {**os.environ, "FEEDSVC_CONFIG": str(folder / "config.toml")}
    command = [sys.executable, "-m", "feedsvc", *words]
    subprocess.run(command, cwd=folder, env=environ, check=True, stdout=subprocess.DEVNULL)
