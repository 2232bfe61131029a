"""Measure the delay of new bytes on every worker, and count older bytes after newer ones."""

from __future__ import annotations

import statistics
import threading
import time
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.cms import Cms, Written, newest
from benchmarks.load import Client, Request
from benchmarks.processes import family
from benchmarks.readers import FEED

if TYPE_CHECKING:
    from benchmarks.servers import Server

_PATIENCE = 10.0
"""Seconds after which a record counts as lost."""
_PAUSE = 0.002
"""Seconds between two looks."""
_TRIES = 400
"""Connections opened until each worker has one."""


class Board:
    """The newest record that any poller has seen of each section. Safe to share between threads."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}
        self._lock = threading.Lock()

    def seen(self, section: str) -> int:
        return self._seen.get(section, 0)

    def put(self, section: str, number: int) -> None:
        with self._lock:
            self._seen[section] = max(number, self._seen.get(section, 0))


class Delays(NamedTuple):
    """The results of the pollers."""

    delays: dict[int, list[float]]
    """Milliseconds from a record's rename to the answer with it, by the worker's process."""
    stale: int
    """Answers older than an answer that existed before they were requested."""
    lost: int
    """Records that did not come within ``_PATIENCE``."""
    errors: list[str]

    def summary(self) -> str:
        """Return one line for each worker, and one for the errors."""
        lines: list[str] = []
        for number, delays in enumerate(self.delays.values(), 1):
            p50, p99 = quantiles(delays)
            lines.append(f"worker {number}: p50 {p50:,.0f} ms, p99 {p99:,.0f} ms ({len(delays)})")
        return "; ".join([*lines, self.wrong(), *self.errors[:3]])

    def wrong(self) -> str:
        return f"older after newer {self.stale}, lost {self.lost}, errors {len(self.errors)}"

    def faults(self) -> int:
        return self.stale + self.lost + len(self.errors)


class Poller(threading.Thread):
    """Asks one worker over one connection, until it has seen all records."""

    def __init__(self, server: Server, worker: int, client: Client, board: Board) -> None:
        super().__init__(daemon=True)
        self.worker = worker
        self.delays: list[float] = []
        self.stale = self.lost = 0
        self.errors: list[str] = []
        self._server = server
        self._client = client
        self._board = board
        self._had: dict[str, tuple[str, int]] = {}
        self._waiting: list[Written] = []
        self._ended = threading.Event()

    def expect(self, written: Written) -> None:
        """Look for a record from now on."""
        self._waiting.append(written)

    def stop(self) -> None:
        self._ended.set()
        self.join()
        self._client.close()

    def done(self) -> bool:
        return not self._waiting

    def run(self) -> None:
        while not self._ended.wait(_PAUSE):
            for section in {it.section for it in tuple(self._waiting)}:
                try:
                    self._look(section)
                except (OSError, HTTPException) as error:
                    self.errors.append(f"{type(error).__name__}: {error}")
                    self._reconnect()

    def _look(self, section: str) -> None:
        floor = self._board.seen(section)  # no later answer may be older than this
        tag, number = self._had.get(section, ("", 0))
        headers = (("Accept-Encoding", "identity"), *((("If-None-Match", tag),) if tag else ()))
        answer = self._client.ask(Request(f"/{section}/rss.xml", headers, 200))
        moment = time.perf_counter()
        if answer.status == 200:
            number = newest(answer.body)
            self._had[section] = answer.headers["etag"], number
        elif answer.status != 304:
            self.errors.append(f"status {answer.status} of {section}")
            return
        if number < floor:
            self.stale += 1
        self._board.put(section, number)
        for written in [it for it in tuple(self._waiting) if it.section == section]:
            if written.number <= number:
                self.delays.append((moment - written.moment) * 1000)
                self._waiting.remove(written)
            elif moment - written.moment > _PATIENCE:
                self.lost += 1
                self._waiting.remove(written)

    def _reconnect(self) -> None:
        self._client.close()
        try:
            self._client = connections(self._server, [self.worker])[self.worker]
        except (OSError, HTTPException) as error:
            self.errors.append(f"no new connection: {error}")
            time.sleep(1)


class Watch:
    """A poller for each worker of a server, and a writer; both begin at once."""

    def __init__(self, server: Server) -> None:
        workers = family(server.pid)[1:-1]  # the last one publishes
        board = Board()
        clients = connections(server, workers)
        self.pollers = [Poller(server, pid, client, board) for pid, client in clients.items()]
        self.cms = Cms(server.home, self._tell)
        for poller in self.pollers:
            poller.start()

    def _tell(self, written: Written) -> None:
        for poller in self.pollers:
            poller.expect(written)

    def taken(self) -> Delays:
        """Return the delays since the last call, and all errors since the beginning."""
        delays: dict[int, list[float]] = {}
        for poller in self.pollers:
            delays[poller.worker], poller.delays = poller.delays, []
        stale, lost = sum(it.stale for it in self.pollers), sum(it.lost for it in self.pollers)
        return Delays(delays, stale, lost, [text for it in self.pollers for text in it.errors])

    def wait(self) -> None:
        """Wait until each record has been seen, or is lost."""
        deadline = time.monotonic() + 2 * _PATIENCE
        while not all(it.done() for it in self.pollers) and time.monotonic() < deadline:
            time.sleep(0.05)

    def end(self) -> None:
        self.cms.stop()
        for poller in self.pollers:
            poller.stop()


def connections(server: Server, workers: list[int]) -> dict[int, Client]:
    """Return a connection to each of the workers, which all accept from one socket."""
    clients: dict[int, Client] = {}
    others: list[Client] = []
    for _ in range(_TRIES):
        client = Client(server.port)
        client.ask(Request(FEED, (), 200))  # only then a worker has accepted it
        worker = _owner(client, workers)
        if worker in clients or worker not in workers:
            others.append(client)
        else:
            clients[worker] = client
        if len(clients) == len(workers):
            break
    for client in others:
        client.close()
    if len(clients) < len(workers):
        raise SystemExit(f"of {len(workers)} workers, only {len(clients)} accept connections")
    return clients


def _owner(client: Client, workers: list[int]) -> int:
    """Return the process that has the other end of a connection; 0 if none of them."""
    ends = f":{client.port:04X}", f":{client.own_port:04X}"
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        words = line.split()
        if (words[1][-5:], words[2][-5:]) == ends:
            inode = f"socket:[{words[9]}]"
            for pid in workers:
                for descriptor in Path(f"/proc/{pid}/fd").iterdir():
                    try:
                        if str(descriptor.readlink()) == inode:
                            return pid
                    except FileNotFoundError:  # closed meanwhile
                        continue
    return 0


def quantiles(delays: list[float]) -> tuple[float, float]:
    """Return the median and the 99th percentile."""
    if len(delays) < 2:
        return (delays or [0.0])[0], (delays or [0.0])[0]
    return statistics.median(delays), statistics.quantiles(delays, n=100, method="inclusive")[98]


def measure(watch: Watch, records: int, pause: float) -> Delays:
    """Write a number of records, and return the delay of each on each worker."""
    wanted = watch.cms.count + records
    watch.cms.start(pause)
    while watch.cms.count < wanted:
        time.sleep(pause)
    watch.cms.stop()
    watch.wait()
    return watch.taken()
