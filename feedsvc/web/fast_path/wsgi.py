"""A WSGI application in front of Flask: feeds that are ready need no routing, at any server."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from http import HTTPStatus
from threading import Lock
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from feedsvc.errors import StoreError
from feedsvc.model.feed import Document
from feedsvc.web.fast_path.ready_answers import ReadyAnswers
from feedsvc.web.fast_path.request import wanted_at
from feedsvc.web.http.reply import navigates, wants_changes
from feedsvc.web.responses import limited, request_head
from feedsvc.web.services import Services


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
        head = request_head(environ)
        document = self._document(environ)
        if document is None or wants_changes(head.headers) or navigates(head.headers.get):
            return self._app(environ, start_response)
        answer = limited(document, head, self._services)
        status = f"{answer.status} {HTTPStatus(answer.status).phrase}"
        start_response(status, list(answer.headers))
        return [answer.body]

    def _document(self, environ: WSGIEnvironment) -> Document | None:
        """Return the feed that a request asks for if it is ready."""
        wanted = wanted_at(environ.get("PATH_INFO", ""))
        plain = environ["REQUEST_METHOD"] in ("GET", "HEAD") and not environ.get("SCRIPT_NAME")
        if not wanted or not plain or "view=" in environ.get("QUERY_STRING", ""):
            return None
        with self._lock, suppress(StoreError):  # Flask answers with the error, and logs it
            return self._ready_answers.document(wanted)
        return None
