"""Turn errors into answers: the only place that does, so that no stack trace leaves the process."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from flask import Response, render_template, request
from werkzeug.exceptions import HTTPException

from feedsvc.errors import FeedsvcError, GoneError, NotFoundError
from feedsvc.model.paths import GUESSES
from feedsvc.web.redirects import at_old_address

if TYPE_CHECKING:
    from flask import Flask

log = logging.getLogger(__name__)

_FOR_MACHINES = (
    *(".xml", ".json", ".opml", ".txt", ".ico", "/livez", "/readyz"),
    *(f"/{guess}" for guess in GUESSES),
)
"""Endings of addresses that programs ask for: feeds, ``/robots.txt``, ``/livez``."""


def register(app: Flask) -> None:
    """Register a handler for each kind of error."""
    app.register_error_handler(NotFoundError, _not_found)
    app.register_error_handler(GoneError, _gone)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def _not_found(error: NotFoundError) -> Response:
    try:
        if redirect := at_old_address():
            return redirect
    except GoneError as gone:
        return _gone(gone)
    return _answer(404, "Not Found", f"{error}.")


def _gone(error: GoneError) -> Response:
    return _answer(410, "Gone", f"{error}.")


def _http(error: HTTPException) -> Response:
    if error.code == 404:
        return _not_found(NotFoundError("there is nothing at this address"))
    code = error.code or 500  # every error that Werkzeug raises has one
    sentence = error.description or error.name
    if code == 405:
        sentence = f"{request.method} is not possible here."
    answer = _answer(code, error.name, sentence)
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
