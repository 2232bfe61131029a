"""From a finished feed and a request to a response: RFC 9110 §13, conditional requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment
    from werkzeug import Request
    from werkzeug.datastructures import Headers

    from feedsvc.model.feed import Document

MAX_AGE, LASTING = 60, 24 * 3600
"""Seconds for which a cache may give a feed out without asking: one that grows, and an archive."""


class Answer(Response):
    """A response whose 304 tells all the validators of its 200."""

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:
        """Return the headers as they are sent."""
        headers = super().get_wsgi_headers(environ)
        # RFC 9110 §15.4.5 lets a 304 leave it out and Werkzeug does, but NetNewsWire and FreshRSS
        # keep the validators of the last answer alone.
        if "Last-Modified" in self.headers:
            headers["Last-Modified"] = self.headers["Last-Modified"]
        # Werkzeug dates conditional answers, and the server dates every answer once more.
        headers.pop("Date", None)
        return headers


def respond(document: Document, request: Request) -> Answer:
    """Return 200 with the feed, or 304 where the client has it already."""
    response = Answer(document.body, content_type=f"{document.media_type}; charset=utf-8")
    response.set_etag(document.etag)
    response.last_modified = document.last_modified
    response.cache_control.public = True
    response.cache_control.max_age = LASTING if document.lasting else MAX_AGE
    response.headers["Link"] = f'<{document.url}>; rel="self"'
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.make_conditional(request)
    return response
