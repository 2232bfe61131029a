"""Measure the cost of one hostile record, request or client for all others: twice at most.

Usage: ./run bench hostile [--seconds 6] [--kinds NAME …]

Each kind has a newsroom of its own and ``feedsvc serve --workers 1`` on one core. On another, a
client reads feeds while records are published, first alone, then beside the hostile kind. Exit code
1 if a median latency with them is more than twice the median without. Compare figures of one run.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from http.client import HTTPException
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

from benchmarks import newsroom
from benchmarks.hostile_kinds import KINDS, RECORDS, REQUESTS, SLOW, record
from benchmarks.load import Client, Request, cores
from benchmarks.processes import HERE, answered, ended, environment
from benchmarks.publish import BUSY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

_ARTICLES = 1000
"""In each newsroom."""
_MOST = 2.0
"""The highest ratio of two medians."""
_FLOOR = 1.0
"""Milliseconds; a lower median counts as this, because the scheduler decides about less."""
_READS = 0.005
"""Seconds between two reads of feeds."""
_RECORDS = 0.5
"""Seconds between two records."""
_LOST = 20.0
"""Seconds after which a record counts as lost."""
_ATTACKS = 0.02
"""Seconds between two hostile requests."""


class Newsroom:
    """A newsroom with ``feedsvc serve`` on a core."""

    def __init__(self, home: Path, core: int) -> None:
        self.home = home
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port: int = listener.getsockname()[1]
        words = [sys.executable, "-m", "feedsvc", "serve", "--workers", "1", "--port"]
        self._process = subprocess.Popen(
            ["taskset", "-c", str(core), *words, str(self.port)],
            cwd=HERE,
            env={**environment(), "FEEDSVC_CONFIG": str(home / "config.toml")},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        deadline = time.monotonic() + 120
        while not answered(self.port, "readyz"):
            if time.monotonic() > deadline:
                raise SystemExit("feedsvc serve did not begin")
            time.sleep(0.1)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def put(self, path: str, text: str) -> None:
        file = self.home / f"articles/{path}"
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(f".{file.name}.new")
        draft.write_text(text, encoding="utf-8")
        draft.rename(file)


class Latencies(NamedTuple):
    """Milliseconds."""

    reads: list[float]
    publications: list[float]
    """From the rename of a record to an answer with it."""

    def medians(self) -> list[float]:
        return [max(_FLOOR, statistics.median(times)) for times in self]

    def line(self) -> str:
        each = (statistics.median(times) for times in self)
        worst = (max(times) for times in self)
        return " ".join(f"{one:>9.2f} {most:>9.1f}" for one, most in zip(each, worst, strict=True))


def _timed(client: Client, path: str) -> tuple[float, bytes]:
    begun = time.perf_counter()
    answer = client.ask(Request(path, (), 200))
    if answer.status != 200:
        raise SystemExit(f"{answer.status} for {path}")
    return (time.perf_counter() - begun) * 1000, answer.body


def measure(served: Newsroom, seconds: float, name: str) -> Latencies:
    """Read feeds and publish records for a while."""
    taken = Latencies([], [])
    end, number = time.monotonic() + seconds, 0
    with Client(served.port, _LOST) as client:
        while time.monotonic() < end:
            number += 1
            section, headline = BUSY[number % len(BUSY)], f"{name} {number}"
            text = record().replace("Hostile", headline).replace("2026-01-01", "2026-11-01")
            served.put(f"{section}/{name}-{number}.md", text)
            begun, shown = time.monotonic(), False
            while time.monotonic() < begun + _RECORDS or not shown:
                took, body = _timed(client, f"/{section}/rss.xml")
                taken.reads.append(took)
                waited = time.monotonic() - begun
                if not shown and (headline.encode() in body or waited > _LOST):
                    shown = True
                    taken.publications.append(waited * 1000)
                time.sleep(_READS)
    return taken


def _send(port: int, data: bytes) -> None:
    """Send a request on new connections until the process is ended."""
    os.nice(10)
    while True:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 5) as client:
            client.sendall(data)
            client.recv(65536)
        time.sleep(_ATTACKS)


def _hold(port: int, begun: bytes, more: bytes, many: int) -> None:
    """Hold connections until the process is ended, and replace each one that has ended."""
    os.nice(10)
    held: list[socket.socket] = []
    while True:
        for client in list(held):
            try:
                client.send(more)
                if not more and client.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b"":
                    held.remove(client)
            except BlockingIOError:
                pass
            except OSError:
                held.remove(client)
        while len(held) < many:
            with suppress(OSError):
                held.append(socket.create_connection(("127.0.0.1", port), 5))
                held[-1].send(begun)
        time.sleep(1)


class Attack:
    """The hostile part of a kind, from the beginning of a block to its end."""

    def __init__(self, served: Newsroom, kind: str) -> None:
        self._newsroom = served
        self._text = RECORDS[kind]() if kind in RECORDS else ""
        self._over = threading.Event()
        fork, port = get_context("fork"), served.port
        self._work: threading.Thread | None = None
        self._process = None
        if self._text:
            self._work = threading.Thread(target=self._write)
        elif kind in REQUESTS:
            self._process = fork.Process(target=_send, args=(port, REQUESTS[kind]))
        else:
            self._process = fork.Process(target=_hold, args=(port, *SLOW[kind]))

    def _write(self) -> None:
        number = 0
        while not self._over.wait(2.0 if number else 0.0):
            number += 1
            self._newsroom.put(f"hostile/h{number}.md", self._text)

    def __enter__(self) -> None:
        for work in (self._work, self._process):
            if work:
                work.start()
        time.sleep(1.0)

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._work:
            self._work.join()
        if self._process:
            self._process.kill()
            self._process.join()


def measured(kinds: list[str], source: Path, folder: Path, seconds: float) -> Iterator[float]:
    """Print a line for each kind, and return the higher ratio of its medians."""
    serving, asking = cores()
    os.sched_setaffinity(0, {asking})
    for number, kind in enumerate(kinds):
        home = folder / f"kind-{number}"
        shutil.copytree(source, home)
        with Newsroom(home, serving) as served:
            measure(served, 2, "warm")
            without = measure(served, seconds, "without")
            try:
                with Attack(served, kind):
                    beside = measure(served, seconds, "beside")
            except (OSError, HTTPException) as error:
                print(f"{kind:<26} no answer: {error}", flush=True)
                yield float("inf")
                continue
        pairs = zip(beside.medians(), without.medians(), strict=True)
        ratios = [after / before for after, before in pairs]
        shown = " ".join(f"×{ratio:.2f}" for ratio in ratios)
        print(f"{kind:<26}{without.line()} |{beside.line()}   {shown}", flush=True)
        shutil.rmtree(home)
        yield max(ratios)


def main() -> None:
    parser = argparse.ArgumentParser("./run bench hostile", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--seconds", type=float, default=6, help="of each half of a kind; 6")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS, metavar="NAME")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, ended)
    print("milliseconds, without and beside: reads (median, most), publications (median, most)")
    with tempfile.TemporaryDirectory() as folder:
        source = newsroom.make(Path(folder), _ARTICLES)
        ratios = list(measured(given.kinds, source, Path(folder), given.seconds))
    sys.exit(max(ratios) > _MOST)


if __name__ == "__main__":
    main()
