"""The access log: a line for each answer, in the Combined Log Format of web servers."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterable
from datetime import datetime
from logging import Handler, LogRecord, StreamHandler, makeLogRecord
from logging.handlers import WatchedFileHandler
from pathlib import Path
from threading import RLock, Timer
from typing import TYPE_CHECKING, Any

from feedsvc.web.counters import AnswerCounters

if TYPE_CHECKING:
    from _typeshed import OptExcInfo
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    Headers = list[tuple[str, str]]

log = logging.getLogger(__name__)

_DELAY = 1.0
"""Seconds for which a line may wait, so that many are written at once."""
_FULL = 64_000
"""Characters of lines that are written without waiting."""


class AccessLog(Handler):
    """Writes lines to a file, many at once; a file that was renamed is followed by a new one.

    It is a ``Handler`` so that ``logging`` writes the last lines when the process ends.

    :param path: the file; None for standard output.
    :param delay: seconds for which a line may wait.
    """

    def __init__(self, path: Path | None, delay: float = _DELAY) -> None:
        super().__init__()
        coding: Any = {"encoding": "utf-8", "errors": "backslashreplace"}
        self._target: StreamHandler[Any] = (
            WatchedFileHandler(path, delay=True, **coding)
            if path
            else StreamHandler(open(1, "w", closefd=False, **coding))  # noqa: SIM115
        )
        self._target.handleError = _report_loss
        self._delay = delay
        self._lines: list[str] = []
        self._size = 0
        self._timer: Timer | None = None
        self._writing = RLock()

    def write(
        self, client: str, now: datetime, request: str, answer: tuple[int, int], agent: str
    ) -> None:
        """Add a line.

        :param request: its first line.
        :param answer: status and bytes of the body.
        :param agent: Referer and User-Agent, each in quotes.
        """
        status, size = answer
        line = f'{client} - - [{now:%d/%b/%Y:%H:%M:%S +0000}] "{request}" {status} {size} {agent}'
        with self._writing:
            self._lines.append(line)
            self._size += len(line)
            if self._size > _FULL:
                self.flush()
            elif self._timer is None:
                self._timer = Timer(self._delay, self.flush)
                self._timer.daemon = True
                self._timer.start()

    def flush(self) -> None:
        """Write the lines that wait."""
        with self._writing:
            if self._timer:
                self._timer.cancel()
                self._timer = None
            if not self._lines:
                return
            record = makeLogRecord({"msg": "\n".join(self._lines)})
            self._lines, self._size = [], 0
            try:
                self._target.emit(record)
            except OSError:  # it cannot be opened
                _report_loss(record)

    def close(self) -> None:
        """Write the lines that wait, and close the file."""
        self.flush()
        try:
            self._target.close()
        except OSError:  # it could not be written to
            _report_loss(makeLogRecord({}))
        super().close()


def _report_loss(record: LogRecord) -> None:  # noqa: ARG001
    """Report lines that could not be written; clients are answered all the same."""
    log.error("lines of the access log are lost: %s", sys.exc_info()[1])


def quoted(text: str) -> str:
    """Return a header in quotes, escaped so that it cannot end the quotes or the line."""
    safe = "".join(letter if letter.isprintable() else "?" for letter in text)
    return '"' + (safe.replace("\\", "\\\\").replace('"', '\\"') or "-") + '"'


class AccessLogMiddleware:
    """A WSGI application in front of another that counts and logs every answer.

    :param log: None where no log is kept.
    """

    def __init__(
        self,
        app: WSGIApplication,
        counters: AnswerCounters,
        log: AccessLog | None,
        clock: Callable[[], datetime],
    ) -> None:
        self._app = app
        self._counters = counters
        self._log = log
        self._clock = clock

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Return the answer of the application."""

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
        agent = " ".join(quoted(environ.get(name, "")) for name in names)
        client = environ.get("REMOTE_ADDR", "-")
        self._log.write(client, self._clock(), quoted(line)[1:-1], (status, size), agent)
