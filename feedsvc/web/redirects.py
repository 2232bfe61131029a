"""Redirects to feeds: from addresses that people guess, and from old ones of another system."""

from urllib.parse import quote

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug import Response as WerkzeugResponse
from werkzeug.exceptions import NotFound

from feedsvc.errors import GoneError, NotFoundError
from feedsvc.model.feed import FILES, FORMATS, FORMATS_BY_FILE
from feedsvc.model.paths import GUESSES, FeedPath, FeedRequest
from feedsvc.syndication.redirects import Redirect
from feedsvc.web import errors
from feedsvc.web.responses import respond
from feedsvc.web.services import services

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
    return _by_query() if request.endpoint == "pages.home" else None


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
    if answer := _served() or _by_query():
        return answer
    old = services.redirects.find(request.path, _query())
    if old and not _exists(section):
        if answer := _redirect(old):
            return answer
        raise NotFoundError(f'there is no section "{old.section}"')
    file = FILES[GUESSES[name]] if name in GUESSES else name
    # Flask leaves a value of None out, and so takes the rule without a path.
    return redirect(url_for("feeds.feed", file=file, feed=section or None), code=308)


@redirects.app_errorhandler(404)
@redirects.app_errorhandler(NotFoundError)
def nothing_here(error: NotFoundError | NotFound) -> Response:
    """Answer at an old address; at any other, say that nothing is there."""
    answer = None
    try:
        if request.method in ("GET", "HEAD"):
            old = services.redirects.find(request.path, _query())
            answer = _served() or (old and _redirect(old))
    except GoneError as gone:
        return errors.gone(gone)
    return answer or errors.not_found(error)


def _by_query() -> Response | None:
    """Return the answer at an address of feedsvc's own whose query makes it an old one."""
    old = services.redirects.find_by_query(request.path, _query())
    return old and _redirect(old)


def _served() -> Response | None:
    """Return the feed that is also served at this old address; None where there is none."""
    wanted = services.redirects.served(request.path)
    if wanted is None or not _exists(wanted.path.place):
        return None
    document = services.feeds.document(wanted, services.clock())
    return respond(document, wanted)


def _redirect(old: Redirect) -> Response | None:
    if not old.to:
        raise GoneError("this feed has ended, and no other takes its place")
    if old.section is not None and not _exists(old.section):
        return None
    # A path is below where this application is mounted.
    mount = quote(request.script_root) if old.to.startswith("/") else ""
    location = mount + old.to
    headers = {"Location": location, "Cache-Control": _DAY}
    return Response(f"308 Permanent Redirect: {location}\n", 308, headers, "text/plain")


def _exists(section: str) -> bool:
    try:
        services.feeds.document(FeedRequest(FeedPath(section), FORMATS[0]), services.clock())
    except NotFoundError:
        return False
    return True


def _query() -> str:
    return request.query_string.decode("latin-1")
