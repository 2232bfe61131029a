"""Test that a cluster loses nothing and moves no reader back, while its machines fail at random.

Usage: ./run bench faults [--count 100] [--seed 1] [--workers 2]

Three ``feedsvc serve`` with one PostgreSQL behind nginx. Programs publish, correct and kill, and a
reader asks each machine, while machines are killed, stopped and cut off from the database. It fails
if a write that was answered was lost, if a machine gave an older state after a newer one, if no
other machine published within ten seconds, or if documents differ in the end.
"""

from __future__ import annotations

import argparse
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.load import needs
from benchmarks.processes import ended
from tests.tools.cluster import Cluster, cluster
from tests.tools.cluster_faults import KINDS, LEASE, Faults, differences
from tests.tools.cluster_life import Life

_REPLACED = 10.0
"""Seconds after which another machine publishes, at most."""


def strike_all(running: Cluster, faults: Faults, life: Life, count: int, seed: int) -> None:
    """Do faults one after another, half of them to the machine that publishes."""
    chance = random.Random(seed)
    for number in range(1, count + 1):
        machine = chance.choice(running.machines)
        if chance.random() < 0.5:
            machine = running.publisher() or machine
        kind = chance.choice([*KINDS, "database stopped", "database crashed"])
        seconds = chance.choice([0.2, 2.0, LEASE + 1])
        begun = time.monotonic()
        if kind == "database stopped":
            faults.stop_database(seconds)
        elif kind == "database crashed":
            faults.crash_database(seconds)
        else:
            faults.strike(kind, machine, seconds)
        print(
            f"{number:>4}: {machine.name} {kind} for {seconds:.1f} s, all well after "
            f"{time.monotonic() - begun:.1f} s; writes {dict(life.writes)}, reads "
            f"{dict(life.reads)}, faults {len(life.faults)}",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser("./run bench faults", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--count", type=int, default=100, help="of faults; 100")
    parser.add_argument("--seed", type=int, default=1, help="of the chance; 1")
    parser.add_argument("--workers", default="2", help="of each machine; 2")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, ended)
    needs("nginx")
    with (
        tempfile.TemporaryDirectory() as name,
        cluster(Path(name), "--workers", given.workers) as running,
    ):
        folder = Path(name)
        life, faults = Life(running, 4, given.seed), Faults(running, folder / "outside")
        with life:
            strike_all(running, faults, life, given.count, given.seed)
        running.wait()
        life.check_stories()
        wrong = [*life.faults, *differences(running, folder)]
    for kind, taken in sorted(faults.takeovers.items()):
        times = ", ".join(f"{seconds:.1f}" for seconds in sorted(taken))
        print(f"another machine published, the publisher {kind}: after {times} s")
        wrong += [f"{kind}: {it:.1f} s until another published" for it in taken if it > _REPLACED]
    print("\n".join(["FAILED", *wrong] if wrong else ["ok"]))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
