"""What is answered at old addresses, before it is said that there is nothing."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

from flask import Response, request

from feedsvc.errors import GoneError, NotFoundError
from feedsvc.model.feed import FORMATS
from feedsvc.model.paths import FeedPath, FeedRequest
from feedsvc.web.responses import respond
from feedsvc.web.services import current_services

if TYPE_CHECKING:
    from feedsvc.syndication.redirects import Redirect
    from feedsvc.web.services import Services

_DAY = "public, max-age=86400"
"""A redirect is for good, but a mistake in one must not be."""


def instead() -> Response | None:
    """Return the answer at an address that is none of feedsvc's own; None where there is none.

    :raises GoneError: there was a feed once.
    """
    services = current_services()
    if request.method not in ("GET", "HEAD"):
        return None
    if answer := served():
        return answer
    moved = services.redirects.find(request.path, _query())
    return moved and _answer(services, moved)


def by_query() -> Response | None:
    """Return the answer at an address of feedsvc's own whose query makes it an old one.

    :raises GoneError: there was a feed once.
    """
    services = current_services()
    moved = services.redirects.asked(request.path, _query())
    return moved and _answer(services, moved)


def guessed(section: str) -> Response | None:
    """Return the answer at a guess that means something else here; None where it means the feed.

    :param section: what the guess is at, which wins over old addresses where it exists.
    :raises NotFoundError: it means the feed of a section that does not exist.
    """
    services = current_services()
    if answer := served() or by_query():
        return answer
    moved = services.redirects.find(request.path, _query())
    if moved is None or _exists(services, section):
        return None
    answer = _answer(services, moved)
    if answer is None:
        raise NotFoundError(f'there is no section "{moved.section}"')
    return answer


def served() -> Response | None:
    """Return a feed that is served at an old address as well; None where there is none."""
    services = current_services()
    wanted = services.redirects.served(request.path)
    if wanted is None or not _exists(services, wanted.path.place):
        return None
    document = services.feeds.document(wanted, services.clock())
    return respond(document, request, services, partial(services.feeds.deltas.since, wanted))


def _answer(services: Services, moved: Redirect) -> Response | None:
    if not moved.to:
        raise GoneError("this feed has ended, and no other takes its place")
    if moved.section is not None and not _exists(services, moved.section):
        return None
    # A path is below where this application is mounted.
    mounted = quote(request.script_root) if moved.to.startswith("/") else ""
    headers = {"Location": mounted + moved.to, "Cache-Control": _DAY}
    headers["X-Content-Type-Options"] = "nosniff"
    return Response(f"308 Permanent Redirect: {mounted}{moved.to}\n", 308, headers, "text/plain")


def _exists(services: Services, section: str) -> bool:
    try:
        services.feeds.document(FeedRequest(FeedPath(section), FORMATS[0]), services.clock())
    except NotFoundError:
        return False
    return True


def _query() -> str:
    return request.query_string.decode("latin-1")
