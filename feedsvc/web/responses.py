"""Responses of Flask: made from replies, or with pages for people."""

from collections.abc import Iterable
from functools import partial
from typing import NamedTuple
from wsgiref.types import WSGIApplication, WSGIEnvironment

from flask import request
from markupsafe import Markup
from werkzeug import Response
from werkzeug.test import run_wsgi_app

from feedsvc.model.feed import Document
from feedsvc.model.paths import FeedRequest
from feedsvc.web.http.conditional_requests import Headers
from feedsvc.web.http.rate_limits import came_through_proxy, refetch, too_often
from feedsvc.web.http.reply import Reply, reply, with_cache_tags
from feedsvc.web.response_types import Answer, Decided
from feedsvc.web.services import Services, services

_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
"""Only feedsvc's own scripts and style sheets work in a page (Content Security Policy 3)."""
MEDIA_ANYWHERE = "img-src 'self' https: http:; media-src 'self' https: http:"
"""Pictures and sounds may be on any host that publishers use."""


class RequestHead(NamedTuple):
    """The parts of a request that decide its reply."""

    method: str
    protocol: str
    """Such as ``HTTP/1.1``."""
    headers: Headers
    client: str
    """The address of the client."""


def respond(document: Document, wanted: FeedRequest | None = None) -> Answer:
    """Return the response to this request for a document.

    :param wanted: the feed, if it is one.
    """
    answer = limited(document, request_head(request.environ), services, wanted)
    return Decided([answer.body], answer.status, answer.headers)


def request_head(environ: WSGIEnvironment) -> RequestHead:
    """Return the head of a request to a WSGI application."""
    headers = {
        name[5:].replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    protocol = environ.get("SERVER_PROTOCOL", "HTTP/1.1")
    return RequestHead(environ["REQUEST_METHOD"], protocol, headers, environ.get("REMOTE_ADDR", ""))


def limited(
    document: Document, head: RequestHead, services: Services, wanted: FeedRequest | None = None
) -> Reply:
    """Return the reply to a request, or 429 where its client asks too often.

    :param wanted: the feed, if it is one.
    """
    deltas = services.feeds.deltas
    # A cache asks with the tag of its own state, and would pass on the changes since that one.
    direct = not came_through_proxy(head.protocol, head.headers)
    since = partial(deltas.since, wanted) if wanted and direct else None
    knows = partial(deltas.knows, wanted) if wanted else None
    now = services.clock()
    answer = reply(document, head.method, head.headers, services.coded.get, now, since)
    answer = with_cache_tags(answer, document, services.config.cdn.header)
    limit = services.refetch_limit
    if limit is None or answer.status != 200:
        return answer
    again = refetch(*head[:3], document, knows)
    wait = limit.wait(head.client, again, now.timestamp()) if again else 0
    return too_often(wait) if wait else answer


def safe_tags(tags: Iterable[str]) -> list[Markup]:
    """Return tags for a template, which must not escape them: they were made escaped."""
    return [Markup(it) for it in tags]  # noqa: S704  they come from formats.autodiscovery


def secured(response: Response) -> Response:
    """Forbid browsers to guess another type for an answer (Fetch §3.6), and scripts in any HTML."""
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    if response.mimetype == "text/html":  # also of errors and redirects
        response.headers.setdefault("Content-Security-Policy", f"{_POLICY}; form-action 'none'")
    return response


def page_response(
    page: Response, policy: str, *, private: bool = False, referrer: str = "no-referrer"
) -> Response:
    """Return the answer with a page.

    :param policy: more directives of the Content-Security-Policy.
    :param private: whether it differs from reader to reader.
    :param referrer: Referrer-Policy: how much of the page's address other hosts see.
    """
    page.cache_control.private = private or None
    page.cache_control.max_age = 0 if private else 60
    page.headers["Content-Security-Policy"] = f"{_POLICY}; {policy}"
    page.headers["Referrer-Policy"] = referrer
    if page.status_code != 200:  # conditions apply to nothing else (RFC 9110 §13.2.1)
        return page
    page.add_etag()
    return page.make_conditional(request)


def whole_answer(
    app: WSGIApplication, environ: WSGIEnvironment
) -> tuple[int, list[tuple[str, str]], bytes]:
    """Return the status, the headers and the body of an application's answer."""
    body, status, headers = run_wsgi_app(app, environ, buffered=True)
    return int(status.split()[0]), headers.to_wsgi_list(), b"".join(body)
