"""How fast a changed feed reaches its subscribers: thousands of callbacks on loopback.

Usage: ./run bench push [SUBSCRIBERS]

Wall-clock figures of this machine at this moment: compare figures of one run with each other. The
callbacks are answered by a process of their own, and all are of one host.
"""

from __future__ import annotations

import asyncio
import resource
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from multiprocessing import Pipe, Process
from pathlib import Path
from typing import TYPE_CHECKING

from feedsvc.config.load import load
from feedsvc.publishing import sync
from feedsvc.push.subscription_requests import SubscriptionRequest
from feedsvc.push.verification import new_subscription
from feedsvc.push.worker import make_worker
from feedsvc.store import subscriptions
from feedsvc.store.database import Database

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

SUBSCRIBERS = 10_000
ROUNDS = 5
CONFIG = """\
[site]
title = "Quay"
[feeds]
url = "https://feeds.quay.example"
[push]
allow_private = true
"""
ANSWER = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"


def receive(pipe: Connection, count: int) -> None:
    """Answer callbacks; send the port, then for each round the times of its first and last."""
    times = list[float]()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.partition(b":")[2])
            for line in head.lower().split(b"\r\n")
            if line.startswith(b"content-length:")
        )
        await reader.readexactly(length)
        times.append(time.monotonic())
        writer.write(ANSWER)
        writer.close()
        if len(times) == count:
            pipe.send((times[0], times[-1]))
            times.clear()

    async def serve() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=4096)
        pipe.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(serve())


def publish(database: Database, root: Path, number: int) -> float:
    """Publish a story; return the seconds that it took."""
    date = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%SZ}"
    text = f"---\nheadline: Story {number}\npublished: {date}\n---\n{'Ships came in. ' * 40}\n"
    (root / "articles" / "world" / f"{number}.md").write_text(text)
    begun = time.monotonic()
    sync.sync(database, load(root / "config.toml", environ={}), datetime.now(UTC))
    return time.monotonic() - begun


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else SUBSCRIBERS
    here, there = Pipe()
    receiver = Process(target=receive, args=(there, count), daemon=True)
    receiver.start()
    port: int = here.recv()
    root = Path(tempfile.mkdtemp(prefix="push-"))
    (root / "articles" / "world").mkdir(parents=True)
    (root / "config.toml").write_text(CONFIG)
    config, now = load(root / "config.toml", environ={}), datetime.now(UTC)
    database = Database(config.state)
    plain = statistics.median(publish(database, root, number) for number in range(20))
    with database.writing() as connection:
        for number in range(count):
            topic = "https://feeds.quay.example/atom.xml"
            callback = f"http://127.0.0.1:{port}/{number}"
            request = SubscriptionRequest(
                "subscribe", callback, topic, "", "atom", 864_000, b"s3cret"
            )
            subscriptions.put(connection, new_subscription(request, 0, now), now)
    make_worker(config, database, lambda: datetime.now(UTC)).start()
    time.sleep(2)
    print(f"{count:,} subscribers; a publish without any takes {plain * 1000:.1f} ms")
    print("  publish    first     last   deliveries   for a second of this process   memory")
    for number in range(100, 100 + ROUNDS):
        before = time.process_time()
        took = publish(database, root, number)
        end = time.monotonic()
        first, last = here.recv()
        rate, process_rate = count / (last - end), count / (time.process_time() - before)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(
            f"{took * 1000:>6.1f} ms {(first - end) * 1000:>5.0f} ms {last - end:>6.2f} s "
            f"{rate:>10,.0f}/s {process_rate:>28,.0f}/s {memory:>5} MB"
        )
        time.sleep(1)
    receiver.terminate()


if __name__ == "__main__":
    main()
