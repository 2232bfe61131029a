"""Turn errors into answers, so that no stack trace leaves the process."""

import logging

from flask import Flask, Response, render_template, request
from werkzeug.exceptions import HTTPException, NotFound

from feedsvc.errors import FeedsvcError, GoneError, NotFoundError, StoreAwayError
from feedsvc.model.cache_tags import absent_tags
from feedsvc.model.paths import API, GUESSES
from feedsvc.web.http.hook_secrets import without_secret
from feedsvc.web.http.reply import cache_tags
from feedsvc.web.problems import problem
from feedsvc.web.services import services

log = logging.getLogger(__name__)

_RETRY = 5
"""Seconds after which to ask again while the store is away."""
_FOR_MACHINES = (
    *(".xml", ".json", ".opml", ".txt", ".ico", "/livez", "/readyz"),
    *(f"/{guess}" for guess in GUESSES),
)
"""Endings of addresses that programs ask for: feeds, ``/robots.txt``, ``/livez``."""


def register(app: Flask) -> None:
    """Register a handler for each kind of error but "not found", which ``redirects`` handles."""
    app.register_error_handler(GoneError, gone)
    app.register_error_handler(StoreAwayError, away)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def not_found(error: NotFoundError | NotFound) -> Response:
    """Return the answer at an address where nothing is."""
    unknown = isinstance(error, NotFound)
    sentence = "there is nothing at this address" if unknown else str(error)
    return _answer(404, "Not Found", f"{sentence}.")


def gone(error: GoneError) -> Response:
    """Return the answer at the address of something that has ended."""
    return _answer(410, "Gone", f"{error}.")


def away(error: StoreAwayError) -> Response:
    """Return the answer for a page or feed that is not in memory while the store is away."""
    log.error("%s", error)
    answer = _answer(503, "Service Unavailable", "this cannot be looked up now; try again soon.")
    answer.headers["Retry-After"] = str(_RETRY)
    return answer


def _http(error: HTTPException) -> Response:
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
    path = without_secret(request.path)
    log.error("%s %s failed: %s", request.method, path, error, exc_info=trace)
    return _answer(500, "Internal Server Error", "something went wrong here, and it was noted.")


def _answer(status: int, title: str, sentence: str) -> Response:
    if f"{request.path}/".startswith(f"{API}/"):
        return problem(status, sentence)
    if request.path.rstrip("/").endswith(_FOR_MACHINES):
        kind, body = "text/plain", f"{status} {title}: {sentence}\n"
    else:
        kind = "text/html"
        body = render_template("error.html", status=status, title=title, sentence=sentence)
    response = Response(body, status, content_type=f"{kind}; charset=utf-8")
    response.headers["Cache-Control"] = "no-store" if status >= 500 else "max-age=60"
    if status in (404, 410):
        response.headers.extend(cache_tags(absent_tags(), services.config.cdn.header))
    return response
