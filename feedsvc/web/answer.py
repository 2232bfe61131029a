"""Replies as Flask gives them to the server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response

from feedsvc.web.exchange import nothing, reply

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment
    from werkzeug import Request
    from werkzeug.datastructures import Headers

    from feedsvc.model.feed import Document
    from feedsvc.web.codings import Coded
    from feedsvc.web.exchange import Since


class Answer(Response):
    """A response that is sent as it is."""

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:
        """Return the headers as they are sent."""
        headers = super().get_wsgi_headers(environ)
        # Werkzeug takes it from a 304, though readers keep the validators of the last answer.
        if "Last-Modified" in self.headers:
            headers["Last-Modified"] = self.headers["Last-Modified"]
        # Werkzeug dates conditional answers, and the server dates every answer once more.
        headers.pop("Date", None)
        return headers


class Decided(Answer):
    """A response whose every header was decided, in its order; Werkzeug has nothing to add."""

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:  # noqa: ARG002
        """Return the headers as they are."""
        return self.headers


def respond(document: Document, request: Request, coded: Coded, since: Since = nothing) -> Answer:
    """Return the response to a request for a document.

    :param since: returns only what is new since one of some tags; None where that is not known.
    """
    headers: dict[str, str] = {}
    for spelled, value in request.headers.items():
        name = spelled.lower()
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    found = reply(document, request.method, headers, coded.get, since)
    answer = Decided(found.body, found.status)
    answer.headers.clear()
    answer.headers.extend(found.headers)
    return answer
