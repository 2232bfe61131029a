"""Responses of Flask, made from replies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from feedsvc.model.feed import Document
from feedsvc.web.http.rate_limits import is_refetch, too_often
from feedsvc.web.http.reply import Reply, Since, nothing, reply, tagged
from feedsvc.web.response_types import Answer, Decided
from feedsvc.web.services import Services

if TYPE_CHECKING:
    from werkzeug import Request


def respond(
    document: Document, request: Request, services: Services, since: Since = nothing
) -> Answer:
    """Return the response to a request for a document.

    :param since: returns the changes since one of several entity tags (RFC 3229), or None.
    """
    headers: dict[str, str] = {}
    for spelled, value in request.headers.items():
        name = spelled.lower()
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    protocol = request.environ.get("SERVER_PROTOCOL", "HTTP/1.1")
    head = RequestHead(request.method, protocol, headers, request.remote_addr or "")
    answer = limited(document, head, services, since)
    response = Decided(answer.body, answer.status)
    response.headers.clear()
    response.headers.extend(answer.headers)
    return response


class RequestHead(NamedTuple):
    """The parts of a request that decide its reply."""

    method: str
    protocol: str
    """Such as ``HTTP/1.1``."""
    headers: Mapping[str, str]
    """By their names in lower case."""
    client: str
    """The address of the client."""


def limited(
    document: Document, head: RequestHead, services: Services, since: Since = nothing
) -> Reply:
    """Return the reply to a request, or 429 where its client asks too often."""
    answer = reply(document, head.method, head.headers, services.coded.get, since)
    answer = tagged(answer, document, services.config.cdn.tags)
    limit = services.refetch_limit
    if limit is None or answer.status != 200 or not is_refetch(*head[:3]):
        return answer
    wait = limit.wait(head.client, document.url, services.clock().timestamp())
    return too_often(wait) if wait else answer
