"""Responses of Flask, made from replies."""

from collections.abc import Mapping
from typing import NamedTuple
from wsgiref.types import WSGIEnvironment

from flask import request

from feedsvc.model.feed import Document
from feedsvc.web.http.rate_limits import is_refetch, too_often
from feedsvc.web.http.reply import Reply, Since, nothing, reply, with_cache_tags
from feedsvc.web.response_types import Answer, Decided
from feedsvc.web.services import Services, services


class RequestHead(NamedTuple):
    """The parts of a request that decide its reply."""

    method: str
    protocol: str
    """Such as ``HTTP/1.1``."""
    headers: Mapping[str, str]
    """By their names in lower case."""
    client: str
    """The address of the client."""


def respond(document: Document, since: Since = nothing) -> Answer:
    """Return the response to this request for a document.

    :param since: returns the changes since one of several entity tags (RFC 3229), or None.
    """
    answer = limited(document, request_head(request.environ), services, since)
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
    document: Document, head: RequestHead, services: Services, since: Since = nothing
) -> Reply:
    """Return the reply to a request, or 429 where its client asks too often."""
    answer = reply(document, head.method, head.headers, services.coded.get, since)
    answer = with_cache_tags(answer, document, services.config.cdn.tags)
    limit = services.refetch_limit
    if limit is None or answer.status != 200 or not is_refetch(*head[:3]):
        return answer
    wait = limit.wait(head.client, document.url, services.clock().timestamp())
    return too_often(wait) if wait else answer
