"""A process that reads article files, for a process that must not wait, or not alone."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path

import msgspec

from feedsvc.config.settings import Config
from feedsvc.ingest import article_file
from feedsvc.ingest.article_file import ReadFile
from feedsvc.ingest.media import Library, Measure
from feedsvc.ingest.records import Item

_MEMORY = 4 << 30
"""Bytes that one process may take."""
_START = (
    "import sys; sys.path[:] = sys.argv[2:]; "
    "from feedsvc.ingest.reading_process import serve; serve(int(sys.argv[1]))"
)
"""The program of the process. It must find the same modules, wherever they are."""
_READY = "ready"

_ANY_SIZE = sys.maxsize
_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(list[ReadFile | None])


class ReadingProcess:
    """A process that reads files."""

    def __init__(self, config: Config) -> None:
        self._connection, theirs = Pipe()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603  no word of it comes from outside
                [sys.executable, "-c", _START, str(theirs.fileno()), *sys.path],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )
        self.ready = False
        """Whether it has begun to read."""
        self._question: object = None
        self._send(config)

    def ask(self, items: Sequence[Item], seconds: float = 0.0, most: int = _ANY_SIZE) -> None:
        """Begin to read files.

        :param seconds: of processor time in which all must be read, else the process ends; 0 for
            any time.
        :param most: bytes of a file; a longer one is not read.
        """
        self._question = items, seconds, most
        if self.ready:
            self._send(self._question)

    def _send(self, message: object) -> None:
        with suppress(OSError):  # of a process that has ended, which ``answers`` notices
            self._connection.send(message)

    def answers(self, wait: float | None) -> bool:
        """Return whether the files have been read, within some seconds or, with None, at all.

        :raises EOFError: the process has ended.
        """
        if not self.ready and self._connection.poll(wait):
            self.ready = self._connection.recv() == _READY
            self._send(self._question)  # not before: a pipe holds less than a long file
        return self.ready and self._connection.poll(wait)

    def answer(self) -> list[ReadFile | None]:
        """Return the files that were read, in the order of their items.

        :raises EOFError: the process has ended.
        """
        return _DECODER.decode(self._connection.recv_bytes())

    def has_ended(self) -> bool:
        """Return whether the process has ended by itself."""
        return self._process.poll() is not None

    def kill(self) -> None:
        """Stop the process at once; ``end`` must follow."""
        self._process.kill()

    def end(self, *, busy: bool = False) -> int:
        """End the process, at once if it is busy; return its exit code."""
        self._connection.close()
        if busy:
            self.kill()
        return self._process.wait()


def serve(handle: int) -> None:
    """Read files whose paths come through a pipe, and send them back: the process's whole life.

    :param handle: the file descriptor of the pipe.
    """
    for number in (signal.SIGINT, signal.SIGTERM):  # the end of the pipe is the sign to end
        signal.signal(number, signal.SIG_IGN)
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    memory = _MEMORY if most == resource.RLIM_INFINITY else min(_MEMORY, most)
    resource.setrlimit(resource.RLIMIT_AS, (memory, most))
    with Connection(handle) as connection, suppress(EOFError, OSError):
        config: Config = connection.recv()
        library = _UntimedLibrary(config.root, resizes=config.remote_media.renditions)
        connection.send(_READY)
        while True:
            items, seconds, most = connection.recv()
            # The signal has no handler: it ends the process, also within a library.
            signal.setitimer(signal.ITIMER_PROF, seconds)
            read = [_read(config, library, item, most) for item in items]
            signal.setitimer(signal.ITIMER_PROF, 0)
            connection.send_bytes(_ENCODER.encode(read))


def _read(config: Config, library: Library, item: Item, most: int) -> ReadFile | None:
    path, content = item
    if content.data is None or len(content.data) > most:
        return None
    return article_file.interpret(config, library, path, content.stamp, content.data)


class _UntimedLibrary(Library):
    """Measures files without counting the time: a long film is no fault of a record."""

    def measure(self, file: Path) -> Measure:
        """Return the facts about a file."""
        left, _ = signal.setitimer(signal.ITIMER_PROF, 0)
        try:
            return super().measure(file)
        finally:
            signal.setitimer(signal.ITIMER_PROF, left)
