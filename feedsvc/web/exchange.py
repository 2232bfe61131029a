"""From a finished feed and a request to a response: RFC 9110 §13, conditional requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug import Response

if TYPE_CHECKING:
    from werkzeug import Request

    from feedsvc.model.feed import Document

MAX_AGE = 60
"""Seconds for which a cache may give the feed out without asking."""


def respond(document: Document, request: Request) -> Response:
    """Return 200 with the feed, or 304 where the client has it already."""
    response = Response(document.body, content_type=f"{document.media_type}; charset=utf-8")
    response.set_etag(document.etag)
    response.last_modified = document.last_modified
    response.cache_control.public = True
    response.cache_control.max_age = MAX_AGE
    response.headers["Link"] = f'<{document.url}>; rel="self"'
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.make_conditional(request)
    # RFC 9110 §15.4.5 lets a 304 leave it out and Werkzeug does, but NetNewsWire and FreshRSS
    # keep the validators of the last answer alone.
    response.last_modified = document.last_modified
    return response
