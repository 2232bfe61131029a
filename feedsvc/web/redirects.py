"""Redirects to feeds: from addresses that people guess, and from old ones of another system."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

from flask import Blueprint, Response, redirect, request, url_for

from feedsvc.errors import GoneError, NotFoundError
from feedsvc.model.feed import FILES, FORMATS, FORMATS_BY_FILE
from feedsvc.model.paths import GUESSES, FeedPath, FeedRequest
from feedsvc.syndication.redirects import Redirect
from feedsvc.web.responses import respond
from feedsvc.web.services import Services, current_services

if TYPE_CHECKING:
    from werkzeug import Response as WerkzeugResponse

redirects = Blueprint("redirects", __name__)

_DAY = "public, max-age=86400"
"""A redirect is permanent, but a mistake in one must not last."""
_GUESS = f"<any({', '.join(map(repr, GUESSES))}):name>"
_SLASHED = f"<any({', '.join(map(repr, FORMATS_BY_FILE))}):name>/"


@redirects.before_app_request
def at_home() -> Response | None:
    """Answer at the site's root where the query makes it an old address, such as ``/?feed=rss2``.

    :raises GoneError: there was a feed once.
    """
    return _by_query(current_services()) if request.endpoint == "pages.home" else None


@redirects.get(f"/{_GUESS}", strict_slashes=False)
@redirects.get(f"/{_GUESS}/", strict_slashes=False)
@redirects.get(f"/{_SLASHED}")
@redirects.get(f"/<path:section>/{_GUESS}", strict_slashes=False)
@redirects.get(f"/<path:section>/{_GUESS}/", strict_slashes=False)
@redirects.get(f"/<path:section>/{_SLASHED}")
def guess(name: str, section: str = "") -> WerkzeugResponse:
    """Redirect a guessed address, or a feed's with a slash too many, to the feed.

    A section that exists wins over an old address.

    :raises NotFoundError: the guess means the feed of a section that does not exist.
    """
    services = current_services()
    if answer := _served(services) or _by_query(services):
        return answer
    old = services.redirects.find(request.path, _query())
    if old and not _exists(services, section):
        if answer := _redirect(services, old):
            return answer
        raise NotFoundError(f'there is no section "{old.section}"')
    file = FILES[GUESSES[name]] if name in GUESSES else name
    # Flask leaves a value of None out, and so takes the rule without a path.
    return redirect(url_for("feeds.feed", file=file, feed=section or None), code=308)


def at_old_address() -> Response | None:
    """Return the answer at an old address; None where this is none.

    :raises GoneError: there was a feed once.
    """
    services = current_services()
    if request.method not in ("GET", "HEAD"):
        return None
    if answer := _served(services):
        return answer
    old = services.redirects.find(request.path, _query())
    return old and _redirect(services, old)


def _by_query(services: Services) -> Response | None:
    """Return the answer at an address of feedsvc's own whose query makes it an old one."""
    old = services.redirects.find_by_query(request.path, _query())
    return old and _redirect(services, old)


def _served(services: Services) -> Response | None:
    """Return the feed that is also served at this old address; None where there is none."""
    wanted = services.redirects.served(request.path)
    if wanted is None or not _exists(services, wanted.path.place):
        return None
    document = services.feeds.document(wanted, services.clock())
    return respond(document, request, services, partial(services.feeds.deltas.since, wanted))


def _redirect(services: Services, old: Redirect) -> Response | None:
    if not old.to:
        raise GoneError("this feed has ended, and no other takes its place")
    if old.section is not None and not _exists(services, old.section):
        return None
    # A path is below where this application is mounted.
    mount = quote(request.script_root) if old.to.startswith("/") else ""
    headers = {"Location": mount + old.to, "Cache-Control": _DAY}
    headers["X-Content-Type-Options"] = "nosniff"
    return Response(f"308 Permanent Redirect: {mount}{old.to}\n", 308, headers, "text/plain")


def _exists(services: Services, section: str) -> bool:
    try:
        services.feeds.document(FeedRequest(FeedPath(section), FORMATS[0]), services.clock())
    except NotFoundError:
        return False
    return True


def _query() -> str:
    return request.query_string.decode("latin-1")
