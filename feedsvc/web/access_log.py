"""The access log: a line for each answer, in the Combined Log Format of web servers."""

import logging
import sys
from collections.abc import Callable, Iterable
from datetime import datetime
from logging import Handler, LogRecord, StreamHandler, makeLogRecord
from logging.handlers import WatchedFileHandler
from pathlib import Path
from threading import RLock, Timer
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from feedsvc.web.counters import AnswerCounters
from feedsvc.web.http.hook_secrets import without_secret

_Headers = list[tuple[str, str]]

log = logging.getLogger(__name__)

_DELAY = 1.0
"""Seconds for which a line may wait, so that many are written at once."""
_FULL = 64_000
"""Characters of lines that are written without waiting."""


class AccessLog(Handler):
    """Writes lines to a file, many at once; a file that was renamed is followed by a new one.

    It is a ``Handler`` so that ``logging`` writes the last lines when the process ends.

    :param path: the file; None for standard output.
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


def logged(
    app: WSGIApplication,
    counters: AnswerCounters,
    log: AccessLog | None,
    clock: Callable[[], datetime],
) -> WSGIApplication:
    """Return an application that counts and logs every answer of another."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(
            status: str, headers: _Headers, exc_info: Any = None, /
        ) -> Callable[[bytes], object]:
            code, size = int(status.split(maxsplit=1)[0]), _body_size(environ, status, headers)
            counters.count("app", code, size)
            if log:
                line, agent = _log_fields(environ)
                client = environ.get("REMOTE_ADDR", "-")
                log.write(client, clock(), line, (code, size), agent)
            return start_response(status, headers, exc_info)

        return app(environ, start)

    return answer


def _body_size(environ: WSGIEnvironment, status: str, headers: _Headers) -> int:
    if environ["REQUEST_METHOD"] == "HEAD" or status.startswith("304"):
        return 0
    sizes = (value for name, value in headers if name.lower() == "content-length")
    return int(next(sizes, "0"))


def _log_fields(environ: WSGIEnvironment) -> tuple[str, str]:
    """Return the first line of a request, and its Referer and User-Agent."""
    query = environ.get("QUERY_STRING", "")
    path = environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8", "replace")
    target = without_secret(path)
    target += f"?{query}" if query else ""
    line = f"{environ['REQUEST_METHOD']} {target} {environ.get('SERVER_PROTOCOL', 'HTTP/1.1')}"
    names = "HTTP_REFERER", "HTTP_USER_AGENT"
    return quoted(line)[1:-1], " ".join(quoted(environ.get(name, "")) for name in names)
