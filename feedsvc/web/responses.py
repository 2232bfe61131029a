"""Replies as Flask gives them to the server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response

from feedsvc.web.http.rate_limits import is_refetch, too_often
from feedsvc.web.http.reply import Reply, nothing, reply, tagged

if TYPE_CHECKING:
    from collections.abc import Mapping

    from _typeshed.wsgi import WSGIEnvironment
    from werkzeug import Request
    from werkzeug.datastructures import Headers

    from feedsvc.model.feed import Document
    from feedsvc.web.http.reply import Since
    from feedsvc.web.services import Services


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


def respond(
    document: Document, request: Request, services: Services, since: Since = nothing
) -> Answer:
    """Return the response to a request for a document.

    :param since: returns only what is new since one of some tags; None where that is not known.
    """
    headers: dict[str, str] = {}
    for spelled, value in request.headers.items():
        name = spelled.lower()
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    found = limited(document, (request.method, headers, request.remote_addr or ""), services, since)
    answer = Decided(found.body, found.status)
    answer.headers.clear()
    answer.headers.extend(found.headers)
    return answer


def limited(
    document: Document,
    asked: tuple[str, Mapping[str, str], str],
    services: Services,
    since: Since = nothing,
) -> Reply:
    """Return the reply to a request, or that its client asks too often.

    :param asked: method, headers by their names in lower case, and the address of the client.
    """
    method, headers, client = asked
    found = reply(document, method, headers, services.coded.get, since)
    found = tagged(found, document, services.cdn)
    if services.refetch_limit is None or found.status != 200 or not is_refetch(method, headers):
        return found
    wait = services.refetch_limit.wait(client, document.url, services.clock().timestamp())
    return too_often(wait) if wait else found
