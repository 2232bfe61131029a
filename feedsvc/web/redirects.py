"""Redirects to feeds: from addresses that people guess, and from old ones of another system."""

from urllib.parse import quote, unquote, urlsplit

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from feedsvc.config.url_patterns import pairs
from feedsvc.errors import GoneError, NotFoundError
from feedsvc.model.feed import FORMATS_BY_FILE
from feedsvc.model.paths import GUESSES, FeedPath, FeedRequest, feed_path
from feedsvc.syndication.redirects import joined
from feedsvc.web import errors
from feedsvc.web.responses import respond
from feedsvc.web.services import services

redirects = Blueprint("redirects", __name__)

_DAY = "max-age=86400"
"""A redirect is permanent, but a mistake in one must not last."""
_FORMATS = FORMATS_BY_FILE | GUESSES
"""The formats of feeds by the last part of their addresses, also of guessed ones."""
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
def guess(name: str, section: str = "") -> Response:
    """Redirect a guessed address, or a feed's with a slash too many, to the feed.

    A section that exists wins over an old address.

    :raises NotFoundError: the guess means the feed of a section that does not exist.
    """
    if answer := _served() or _by_query():
        return answer
    query = _query()
    feed = joined(feed_path(section, _FORMATS[name]), pairs(query))
    answer = _redirect(feed) or _old(services.redirects.find(request.path, query))
    if answer is None:
        raise NotFoundError(f'there is no section "{section}"')
    return answer


@redirects.app_errorhandler(404)
@redirects.app_errorhandler(NotFoundError)
def nothing_here(error: NotFoundError | NotFound) -> Response:
    """Answer at an old address; at any other, say that nothing is there."""
    answer = None
    try:
        if request.method in ("GET", "HEAD"):
            answer = _served() or _old(services.redirects.find(request.path, _query()))
    except GoneError as gone:
        return errors.gone(gone)
    return answer or errors.not_found(error)


def _by_query() -> Response | None:
    """Return the answer at an address of feedsvc's own whose query makes it an old one."""
    return _old(services.redirects.find_by_query(request.path, _query()))


def _served() -> Response | None:
    """Return the feed that is also served at this old address; None where there is none."""
    wanted = services.redirects.served(request.path)
    if wanted is None or not _exists(wanted):
        return None
    document = services.feeds.document(wanted, services.clock())
    return respond(document, wanted)


def _old(to: str | None) -> Response | None:
    """Return the answer at an old address; None if it is not known, or leads to nothing.

    :param to: where it leads; empty if the feed has ended.
    """
    if to == "":
        raise GoneError("this feed has ended, and no other takes its place")
    return _redirect(to) if to else None


def _redirect(to: str) -> Response | None:
    """Return the redirect to an address; None if it is that of a feed that does not exist.

    It is 301, since 308 (RFC 9110 §15.4.9) is not known to all clients that ask for feeds: not to
    Python before 3.11, nor to Java's HttpURLConnection.
    """
    wanted = _feed_at(to)
    if wanted and not _exists(wanted):
        return None
    # A path is below where this application is mounted.
    location = (quote(request.script_root) if to.startswith("/") else "") + to
    headers = {"Location": location, "Cache-Control": _DAY}
    return Response(f"301 Moved Permanently: {location}\n", 301, headers, "text/plain")


def _feed_at(url: str) -> FeedRequest | None:
    """Return the feed of feedsvc's own that an address is, or leads, to; None for all else."""
    address = urlsplit(url.removeprefix(f"{services.config.feeds.url}/"))
    folder, _, file = unquote(address.path).rstrip("/").rpartition("/")
    if address.netloc or file not in _FORMATS:
        return None
    path = FeedPath.parse(folder.removeprefix("/"))
    before = dict(pairs(address.query)).get("before", "") if path.document == "archive" else ""
    return FeedRequest(path, _FORMATS[file], before)


def _exists(wanted: FeedRequest) -> bool:
    try:
        services.feeds.document(wanted, services.clock())
    except NotFoundError:
        return False
    return True


def _query() -> str:
    return request.query_string.decode("latin-1")
