"""Read very many short files in several processes, on all processors, ahead of their use."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice, repeat
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Protocol, Self

from feedsvc.ingest.article_file import ReadFile
from feedsvc.ingest.records import Item

MANY = 300
"""Files from which it pays to start processes: each takes as long to start as to read as many."""
_CHUNK = 40
"""Files that a process reads at once: so few that all processes end at about the same time."""
_AHEAD = 600
"""Files that are read and not used yet: while some are written, others are read."""
PROCESSES = min(6, (os.cpu_count() or 1) - 1)
"""Processes at once, besides the one that uses the files: it could use no more of them."""


def pays(items: Sequence[object]) -> bool:
    """Return whether it is quicker to read so many files in several processes."""
    return len(items) >= MANY and PROCESSES > 0


class Process(Protocol):
    """A process that reads files: ``reading_process.ReadingProcess``."""

    ready: bool

    def ask(self, items: Sequence[Item], /, *, most: int) -> None:
        """Begin to read files."""
        ...

    def answers(self, wait: float | None, /) -> bool:
        """Return whether the files have been read."""
        ...

    def answer(self) -> list[ReadFile | None]:
        """Return the files that were read."""
        ...

    def kill(self) -> None:
        """Stop the process at once."""
        ...

    def end(self) -> int:
        """End the process."""
        ...


class ReadAhead:
    """Reads files in several processes, and yields them in their order, each with its item.

    It yields None for a file that the caller is to read: it is longer than ``most`` bytes, or a
    process ended at it, or all processes are busy.

    :param begin: begins a process.
    """

    def __init__(self, begin: Callable[[], Process], items: Iterable[Item], most: int) -> None:
        self._begin = begin
        self._most = most
        self._items = iter(items)
        self._reading: deque[tuple[Sequence[Item], Future[Sequence[ReadFile | None]]]] = deque()
        self._idle: SimpleQueue[Process] = SimpleQueue()
        self._processes: list[Process] = []
        self._stopped = False
        self._threads = ThreadPoolExecutor(PROCESSES, "read-ahead")

    def __enter__(self) -> Self:
        """Begin to read; the end of the block ends the processes."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """End the processes."""
        self._stopped = True
        for process in self._processes:
            process.kill()
        self._threads.shutdown(cancel_futures=True)
        for process in self._processes:
            process.end()

    def __iter__(self) -> Iterator[tuple[Item, ReadFile | None]]:
        """Yield the files, in the order of their items."""
        while chunk := [*islice(self._items, _CHUNK)]:
            self._reading.append((chunk, self._threads.submit(self._read, chunk)))
            if len(self._reading) * _CHUNK >= _AHEAD:
                yield from self._next()
        while self._reading:
            yield from self._next()

    def _next(self) -> Iterator[tuple[Item, ReadFile | None]]:
        """Return the next files; where they must be waited for, leave some others to the caller."""
        chunk, first = self._reading[0]
        if not first.done():
            any(reading.cancel() for _, reading in reversed(self._reading))
        self._reading.popleft()
        return zip(chunk, repeat(None) if first.cancelled() else first.result(), strict=False)

    def _read(self, chunk: Sequence[Item]) -> Sequence[ReadFile | None]:
        """Read some files, in a thread that waits for a process."""
        unread = [None] * len(chunk)
        if self._stopped:
            return unread
        process = self._process()
        process.ask(chunk, most=self._most)
        try:
            process.answers(None)
            read = process.answer()
        except (EOFError, OSError):
            # Where none can begin, feedsvc runs in a program that is no Python.
            self._stopped = self._stopped or not process.ready
            return unread
        self._idle.put(process)
        return read

    def _process(self) -> Process:
        try:
            return self._idle.get_nowait()
        except Empty:
            process = self._begin()
            self._processes.append(process)
            return process
