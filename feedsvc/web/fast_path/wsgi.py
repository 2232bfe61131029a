"""A WSGI application in front of Flask: feeds that are ready need no routing, at any server."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from http import HTTPStatus
from threading import Lock
from typing import TYPE_CHECKING

from feedsvc.errors import StoreError
from feedsvc.model.feed import Document
from feedsvc.web.fast_path.ready_answers import ReadyAnswers
from feedsvc.web.fast_path.request import wanted_at
from feedsvc.web.http.reply import navigates, wants_changes
from feedsvc.web.responses import RequestHead, limited
from feedsvc.web.services import Services

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class FastPath:
    """Answers for feeds that are ready; the application answers all else."""

    def __init__(
        self, app: WSGIApplication, services: Services, ready_answers: ReadyAnswers
    ) -> None:
        self._app = app
        self._services = services
        self._ready_answers = ready_answers
        self._lock = Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request, or let the application answer it."""
        wanted = wanted_at(environ.get("PATH_INFO", ""))
        method = environ["REQUEST_METHOD"]
        plain = method in ("GET", "HEAD") and not environ.get("SCRIPT_NAME")
        plain = plain and "view=" not in environ.get("QUERY_STRING", "")
        document: Document | None = None
        if not wanted or not plain:
            return self._app(environ, start_response)
        with self._lock, suppress(StoreError):  # Flask answers with the error, and logs it
            document = self._ready_answers.document(wanted)
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
