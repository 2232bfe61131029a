"""How fast a changed feed reaches its subscribers, and how fast others are answered meanwhile.

Usage: ./run bench push [SUBSCRIBERS]

Wall-clock figures of this machine at this moment: compare figures of one run with each other. One
`feedsvc serve` publishes, delivers and answers. The process that publishes and delivers shares a
core with the callbacks, which another process answers: they are of one host, keep their connections
in one round, and close them in the next. On another core wrk reads the same feed from a worker,
for two seconds before each publication, and for two seconds from it on. The first delivery is
timed from two moments: when the record begins to be saved, and when it is published, as the store
begins to commit it.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from datetime import UTC, datetime
from multiprocessing import Pipe, Process
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import uvloop

from benchmarks.load import Load, Request, command, cores, needs
from benchmarks.processes import HERE, answered, environment, family, memory, spent
from benchmarks.servers import free_port
from feedsvc.config.load import load
from feedsvc.ingest.record.save import write_record
from feedsvc.publishing import sync
from feedsvc.push.subscription_requests import SubscriptionRequest
from feedsvc.push.verification import new_subscription
from feedsvc.store import subscriptions
from feedsvc.store.change_counter import ChangeCounter
from feedsvc.store.database import Database
from feedsvc.store.shared_memory import SHARED_FILE

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

SUBSCRIBERS = 10_000
ROUNDS = 6
SECONDS = 2.0
"""Of each measurement of wrk."""
STORIES = 30
SLOWEST = 120.0
"""Seconds after which a round is given up."""
CONFIG = """\
[site]
title = "Quay"
[feeds]
url = "https://feeds.quay.example"
[push]
allow_private = true
"""
KEPT = b"HTTP/1.1 204 No Content\r\n\r\n"
CLOSED = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"


class Callbacks(asyncio.Protocol):
    """A connection to the callbacks, which answers each delivery."""

    pipe: Connection
    count: int
    """Deliveries of a round."""
    times: list[float]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._received = bytearray()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, _, body = self._received.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0] or "0")
        if not length or len(body) < length:
            return
        self._received.clear()
        kept = self.rounds % 2 == 0
        self._transport.write(KEPT if kept else CLOSED)
        if not kept:
            self._transport.close()
        self.times.append(time.monotonic())
        if len(self.times) == self.count:
            self.pipe.send((self.times[0], self.times[-1]))
            self.times.clear()
            type(self).rounds += 1

    rounds = 0


def receive(pipe: Connection, count: int, core: int) -> None:
    """Answer callbacks; send the port, then for each round the times of its first and last."""
    os.sched_setaffinity(0, {core})
    Callbacks.pipe, Callbacks.count, Callbacks.times = pipe, count, []

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(Callbacks, "127.0.0.1", 0, backlog=4096)
        pipe.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve())


def text(number: int) -> str:
    date = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%SZ}"
    return f"---\nheadline: Story {number}\npublished: {date}\n---\n{'Ships came in. ' * 40}\n"


def fill(root: Path, port: int, count: int) -> None:
    """Make a newsroom whose feed has subscribers."""
    (root / "articles" / "world").mkdir(parents=True)
    (root / "config.toml").write_text(CONFIG)
    for number in range(STORIES):
        (root / "articles" / "world" / f"{number}.md").write_text(text(number))
    config, now = load(root / "config.toml", environ={}), datetime.now(UTC)
    database = Database(config.state)
    sync.sync(database, config, now)
    topic = "https://feeds.quay.example/atom.xml"
    with database.writing() as connection:
        for number in range(count):
            callback = f"http://127.0.0.1:{port}/{number}"
            request = SubscriptionRequest(
                "subscribe", callback, topic, "", "atom", 864_000, b"s3cret"
            )
            subscriptions.put(connection, new_subscription(request, 2**62, now), now)
        connection.exec_driver_sql(
            "UPDATE subscriptions SET number = (SELECT max(number) FROM feeds)"
        )
    database.close()


def pin(pid: int, core: int) -> None:
    """Keep all threads of a process on a core."""
    for task in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(task.name), {core})


def published(counter: ChangeCounter, before: bytes) -> float:
    """Return when the store began to commit a change, within a millisecond."""
    counter.wait(before, SLOWEST, lambda seconds: bool(time.sleep(seconds)), 0.0005)
    return time.monotonic()


def read(port: int, root: Path, core: int) -> Load:
    """Begin to read the feed as often as possible."""
    return Load(command([Request("/atom.xml", (), 200)], port, 8, SECONDS, root), core)


def measure(root: Path, port: int, pids: list[int], here: Any, count: int) -> None:
    """Publish a story in each round, and print the figures."""
    ratios = list[float]()
    counter = ChangeCounter(load(root / "config.toml", environ={}).state / SHARED_FILE)
    print(
        "connections    first after saving, publishing      last   deliveries   "
        "for a second of it   memory    GETs beside"
    )
    for number in range(ROUNDS):
        plain = read(port, root, cores()[1]).end().rate
        before, begun = spent(pids[-1:]), time.monotonic()
        others = read(port, root, cores()[1])
        path = root / "articles" / "world" / f"{100 + number}.md"
        counted = counter.shared[:]
        write_record(path, text(100 + number), replace=True)
        known = published(counter, counted)
        if not here.poll(SLOWEST):
            raise SystemExit(f"not all deliveries came in {SLOWEST:.0f} seconds")
        first, last = here.recv()
        used = spent(pids[-1:]) - before
        ratios.append(others.end().rate / plain)
        print(
            f"{'closed' if number % 2 else 'kept':<11} {(first - begun) * 1000:>17.0f} ms "
            f"{(first - known) * 1000:>11.0f} ms {last - begun:>9.2f} s "
            f"{count / (last - first):>10,.0f}/s {count / used:>18,.0f}/s "
            f"{memory(pids[-1])['VmRSS'] / 1e6:>6.0f} MB {plain:>9,.0f}/s ×{ratios[-1]:.2f}"
        )
    print(f"GETs beside deliveries, of the rate without: median ×{statistics.median(ratios):.2f}")


def main() -> None:
    needs("wrk", "taskset")
    count = int(sys.argv[1]) if len(sys.argv) > 1 else SUBSCRIBERS
    ours, theirs = cores()
    here, there = Pipe()
    receiver = Process(target=receive, args=(there, count, ours), daemon=True)
    receiver.start()
    with tempfile.TemporaryDirectory(prefix="push-") as folder:
        root, port = Path(folder), free_port()
        fill(root, here.recv(), count)
        words = [sys.executable, "-m", "feedsvc", "serve", "--workers", "1", "--port", str(port)]
        place = {**environment(), "PYTHONPATH": str(HERE)}
        none = subprocess.DEVNULL
        server = subprocess.Popen(words, cwd=root, env=place, stdout=none, stderr=none)
        try:
            until = time.monotonic() + SLOWEST
            while not answered(port, "atom.xml") and time.monotonic() < until:
                time.sleep(0.5)
            time.sleep(2)
            pids = family(server.pid)  # the last one publishes
            for pid in pids:
                pin(pid, ours if pid == pids[-1] else theirs)
            print(f"{count:,} subscribers")
            measure(root, port, pids, here, count)
        finally:
            server.terminate()
            with suppress(subprocess.TimeoutExpired):
                server.wait(20)
    receiver.terminate()


if __name__ == "__main__":
    main()
