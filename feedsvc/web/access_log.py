"""A WSGI application in front of all others, that has every answer of theirs counted."""

from __future__ import annotations

import logging
import os
import sys
from threading import Lock, Timer
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime
    from pathlib import Path

    from _typeshed import OptExcInfo
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from feedsvc.web.counters import AnswerCounters

    Headers = list[tuple[str, str]]

log = logging.getLogger(__name__)


class AccessLogMiddleware:
    """Tells the counters of every answer, and the log where there is one."""

    def __init__(
        self,
        app: WSGIApplication,
        counters: AnswerCounters,
        log: AccessLog | None,
        clock: Callable[[], datetime],
    ) -> None:
        """Take the application that answers."""
        self._app = app
        self._counters = counters
        self._log = log
        self._clock = clock

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Let the application answer."""

        def start(
            status: str, headers: Headers, exc_info: OptExcInfo | None = None, /
        ) -> Callable[[bytes], object]:
            self._note(environ, int(status.split(maxsplit=1)[0]), headers)
            return start_response(status, headers, exc_info)

        return self._app(environ, start)

    def _note(self, environ: WSGIEnvironment, status: int, headers: Headers) -> None:
        length = next((value for name, value in headers if name.lower() == "content-length"), "0")
        size = 0 if environ["REQUEST_METHOD"] == "HEAD" or status == 304 else int(length)
        self._counters.count("app", status, size)
        if self._log is None:
            return
        query = environ.get("QUERY_STRING", "")
        target = environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8", "replace")
        target += f"?{query}" if query else ""
        line = f"{environ['REQUEST_METHOD']} {target} {environ.get('SERVER_PROTOCOL', 'HTTP/1.1')}"
        names = "HTTP_REFERER", "HTTP_USER_AGENT"
        who = " ".join(quoted(environ.get(name, "")) for name in names)
        client = environ.get("REMOTE_ADDR", "-")
        self._log.write(client, self._clock(), quoted(line)[1:-1], (status, size), who)


_FLUSH = 1.0
"""Seconds for which a line of the log may wait."""


_FULL = 64_000
"""Bytes of lines that are written at once."""


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
        if self._file and not _is_same(self._file, self._path):  # it was rotated
            self._file.close()
            self._file = None
        if self._file is None:
            self._file = self._path.open("ab", buffering=0)
        self._file.write(data)


def _is_same(file: BinaryIO, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def quoted(text: str) -> str:
    """Return what a client says of itself, so that it cannot end the quotes or the line."""
    safe = "".join(letter if letter.isprintable() else "?" for letter in text)
    return '"' + (safe.replace("\\", "\\\\").replace('"', '\\"') or "-") + '"'
