"""What was answered, counted in memory that all processes share, and written down if wanted."""

from __future__ import annotations

import fcntl
import logging
import mmap
import os
import struct
import sys
from collections import defaultdict
from pathlib import Path
from threading import Lock, Timer
from typing import TYPE_CHECKING, BinaryIO, Literal

from feedsvc.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

log = logging.getLogger(__name__)

Door = Literal["lane", "app"]
DOORS: tuple[Door, ...] = ("lane", "app")
STATUSES = (
    *(200, 204, 206, 226, 302, 304, 308, 400, 404, 405, 410, 412, 414, 416, 429, 431, 500, 503),
    0,
)
"""Those that are counted apart; the last one stands for all others."""
_COUNTERS: dict[tuple[Door, int], int] = {
    (door, status): 8 * (1 + (len(STATUSES) + 1) * row + column)
    for row, door in enumerate(DOORS)
    for column, status in enumerate((*STATUSES, -1))
}
"""Where in a process's row each number stands; -1 is for bytes."""
_NUMBER = struct.Struct("=Q")
_ROW = 8 * (1 + (len(STATUSES) + 1) * len(DOORS))
"""Bytes: the process that counts in it, and its numbers."""
_ROWS = 128
_FLUSH = 1.0
"""Seconds for which a line of the log may wait."""
_FULL = 64_000
"""Bytes of lines that are written at once."""


class Tally:
    """Counts answers. Each process has a row of its own, and goes on with that of a dead one."""

    def __init__(self, path: Path) -> None:
        """Open the file that the processes share.

        :raises StoreError: it cannot be opened.
        """
        self._path = path
        self._pid = 0
        self._row = 0
        self.lane: defaultdict[int, int] = defaultdict(int)
        """By their statuses the answers of the lane that are not in the shared memory yet; their
        bytes at -1. To count here costs the lane a tenth of what it does there."""
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            try:
                os.ftruncate(handle, _ROWS * _ROW)
                self._shared = mmap.mmap(handle, _ROWS * _ROW)
            finally:
                os.close(handle)
        except OSError as error:
            reason = f"the file {path} cannot be used: {error.strerror}"
            raise StoreError(f"{reason}; let feedsvc write the file and its folder") from None

    def count(self, door: Door, status: int, size: int) -> None:
        """Count an answer and the bytes of its body."""
        self._add(door, status, 1)
        self._add(door, -1, size)

    def flush(self) -> None:
        """Let all processes see what the lane of this one has counted; only the lane may ask."""
        for status, number in self.lane.items():
            self._add("lane", status, number)
        self.lane.clear()

    def _add(self, door: Door, status: int, number: int) -> None:
        if self._pid != os.getpid():
            self._claim()  # not before: a server may have forked since
        at = self._row + (_COUNTERS.get((door, status)) or _COUNTERS[door, 0])
        _NUMBER.pack_into(self._shared, at, _NUMBER.unpack_from(self._shared, at)[0] + number)

    def sums(self) -> Iterator[tuple[Door, int, int]]:
        """Yield door, status and how many answers there were; with status -1 their bytes."""
        for (door, status), at in _COUNTERS.items():
            rows = range(at, _ROWS * _ROW, _ROW)
            here = self.lane.get(status, 0) if door == "lane" else 0
            yield door, status, here + sum(_NUMBER.unpack_from(self._shared, it)[0] for it in rows)

    def _claim(self) -> None:
        """Take the row of no living process; where all are taken, share one and count too few."""
        own = os.getpid()
        with self._path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            rows = range(0, _ROWS * _ROW, _ROW)
            free = (row for row in rows if not _lives(_NUMBER.unpack_from(self._shared, row)[0]))
            self._row = next(free, 0)
            _NUMBER.pack_into(self._shared, self._row, own)
        self._pid = own


def _lives(pid: int) -> bool:
    return bool(pid) and Path(f"/proc/{pid}").exists()


class AccessLog:
    """Writes a line for each answer, in the Combined Log Format of web servers."""

    def __init__(self, path: Path | None) -> None:
        """Take the file; None for standard output."""
        self._path = path
        self._file: BinaryIO | None = None
        self._lines: list[bytes] = []
        self._size = 0
        self._timer: Timer | None = None
        self._lock = Lock()

    def write(self, client: str, now: datetime, line: str, told: tuple[int, int], who: str) -> None:
        """Add a line; it is written within a second.

        :param line: the first one of the request.
        :param told: status and bytes of the answer.
        :param who: Referer and User-Agent, each in quotes.
        """
        moment = f"{now:%d/%b/%Y:%H:%M:%S +0000}"
        text = f'{client} - - [{moment}] "{line}" {told[0]} {told[1]} {who}\n'
        with self._lock:
            self._lines.append(text.encode("utf-8", "backslashreplace"))
            self._size += len(text)
            if self._timer is None:
                self._timer = Timer(_FLUSH, self.flush)
                self._timer.daemon = True
                self._timer.start()
            if self._size > _FULL:
                self._write()

    def flush(self) -> None:
        """Write what waits."""
        with self._lock:
            if self._timer:
                self._timer.cancel()
            self._timer = None
            self._write()

    def close(self) -> None:
        """Write what waits, and let go of the file."""
        self.flush()
        if self._file:
            self._file.close()
            self._file = None

    def _write(self) -> None:
        data, self._lines, self._size = b"".join(self._lines), [], 0
        try:
            self._append(data)
        except OSError as error:  # readers are answered all the same
            log.error("lines of the access log are lost: %s", error.strerror)

    def _append(self, data: bytes) -> None:
        if self._path is None:
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
            return
        if self._file and not _is(self._file, self._path):  # it was rotated
            self._file.close()
            self._file = None
        if self._file is None:
            self._file = self._path.open("ab", buffering=0)
        self._file.write(data)


def _is(file: BinaryIO, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def quoted(text: str) -> str:
    """Return what a client says of itself, so that it cannot end the quotes or the line."""
    safe = "".join(letter if letter.isprintable() else "?" for letter in text)
    return '"' + (safe.replace("\\", "\\\\").replace('"', '\\"') or "-") + '"'
