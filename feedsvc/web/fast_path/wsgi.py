"""A WSGI application in front of Flask: feeds that are ready need no routing, at any server."""

from __future__ import annotations

import re
from contextlib import suppress
from http import HTTPStatus
from threading import Lock
from typing import TYPE_CHECKING

from feedsvc.errors import StoreError
from feedsvc.model.feed import FORMATS_BY_FILE
from feedsvc.web.http.reply import navigates, wants_changes
from feedsvc.web.responses import RequestHead, limited

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from feedsvc.model.feed import Document
    from feedsvc.web.fast_path.ready_answers import ReadyAnswers
    from feedsvc.web.services import Services

_FEED = re.compile(rf"/((?:[a-z0-9._-]+/)*)({'|'.join(map(re.escape, FORMATS_BY_FILE))})")


class FastPath:
    """Answers for feeds that are ready; the application answers all else."""

    def __init__(
        self, app: WSGIApplication, services: Services, ready_answers: ReadyAnswers
    ) -> None:
        """Take the application, and where feeds are kept ready."""
        self._app = app
        self._services = services
        self._ready_answers = ready_answers
        self._lock = Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request, or let the application answer it."""
        found = _FEED.fullmatch(environ.get("PATH_INFO", ""))
        method = environ["REQUEST_METHOD"]
        plain = method in ("GET", "HEAD") and not environ.get("SCRIPT_NAME")
        plain = plain and "view=" not in environ.get("QUERY_STRING", "")
        document: Document | None = None
        if not found or not plain or "/archive/" in environ["PATH_INFO"]:
            return self._app(environ, start_response)
        with self._lock, suppress(StoreError):  # Flask says what is wrong, and notes it
            document = self._ready_answers.document(
                found[1].removesuffix("/"), FORMATS_BY_FILE[found[2]]
            )
        headers = {
            name[5:].replace("_", "-").lower(): value
            for name, value in environ.items()
            if name.startswith("HTTP_")
        }
        if document is None or wants_changes(headers) or navigates(headers.get):
            return self._app(environ, start_response)
        protocol = environ.get("SERVER_PROTOCOL", "HTTP/1.1")
        head = RequestHead(method, protocol, headers, environ.get("REMOTE_ADDR", ""))
        answer = limited(document, head, self._services)
        status = f"{answer.status} {HTTPStatus(answer.status).phrase}"
        start_response(status, list(answer.headers))
        return [answer.body]
