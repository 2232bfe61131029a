"""A WSGI application in front of all others, that has every answer of theirs counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from feedsvc.web.tally import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from _typeshed import OptExcInfo
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from feedsvc.web.tally import AccessLog, Tally

    Headers = list[tuple[str, str]]


class Ledger:
    """Tells the tally of every answer, and the log where there is one."""

    def __init__(
        self,
        app: WSGIApplication,
        tally: Tally,
        log: AccessLog | None,
        clock: Callable[[], datetime],
    ) -> None:
        """Take the application that answers."""
        self._app = app
        self._tally = tally
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
        self._tally.count("app", status, size)
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
