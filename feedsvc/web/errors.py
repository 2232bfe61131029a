"""Errors become answers: the only place where they do, and no stack trace leaves the process."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from flask import Response, render_template, request
from werkzeug.exceptions import HTTPException

from feedsvc.errors import FeedsvcError, GoneError, NotFoundError
from feedsvc.web.redirects import at_old_address

if TYPE_CHECKING:
    from flask import Flask

log = logging.getLogger(__name__)

_FOR_MACHINES = (
    ".xml",
    ".json",
    ".opml",
    ".txt",
    ".ico",
    "/feed",
    "/rss",
    "/atom",
    "/json",
    "/livez",
    "/readyz",
)
"""How the addresses end that no person reads the answer of: feeds, ``/robots.txt``, ``/livez``."""


def register(app: Flask) -> None:
    """Answer every error of the application."""
    app.register_error_handler(NotFoundError, _not_found)
    app.register_error_handler(GoneError, _gone)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def _not_found(error: NotFoundError) -> Response:
    try:
        if old := at_old_address():
            return old
    except GoneError as gone:
        return _gone(gone)
    return _answer(404, "Not Found", f"{error}.")


def _gone(error: GoneError) -> Response:
    return _answer(410, "Gone", f"{error}.")


def _http(error: HTTPException) -> Response:
    if error.code == 404:
        return _not_found(NotFoundError("there is nothing at this address"))
    sentences = {
        405: f"{request.method} is not possible here.",
    }
    code = error.code or 500  # every error that Werkzeug raises has one
    answer = _answer(code, error.name, sentences.get(code, error.description or error.name))
    for name, value in error.get_headers(request.environ):  # such as Allow, Content-Range
        if name != "Content-Type":
            answer.headers[name] = value
    return answer


def _unexpected(error: Exception) -> Response:
    trace = None if isinstance(error, FeedsvcError) else error
    log.error("%s %s failed: %s", request.method, request.path, error, exc_info=trace)
    return _answer(500, "Internal Server Error", "something went wrong here, and it was noted.")


def _answer(status: int, title: str, sentence: str) -> Response:
    if request.path.rstrip("/").endswith(_FOR_MACHINES):
        kind, body = "text/plain", f"{status} {title}: {sentence}\n"
    else:
        kind = "text/html"
        body = render_template("error.html", status=status, title=title, sentence=sentence)
    response = Response(body, status, content_type=f"{kind}; charset=utf-8")
    response.headers["Cache-Control"] = "no-store" if status >= 500 else "max-age=60"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
