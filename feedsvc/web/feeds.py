"""The feeds, their archives and their corrections."""

from flask import Blueprint, redirect, request, url_for
from msgspec.structs import replace
from werkzeug import Response

from feedsvc.model.feed import FORMATS_BY_FILE
from feedsvc.model.paths import LATEST, FeedPath, FeedRequest
from feedsvc.web.http.reply import METHODS, navigates
from feedsvc.web.responses import respond
from feedsvc.web.services import services

feeds = Blueprint("feeds", __name__)

_WHOLE = (200, 226)
"""Statuses of answers to readers that did not have this state."""

_FILE = f"<any({', '.join(map(repr, FORMATS_BY_FILE))}):file>"


@feeds.route(f"/{_FILE}", methods=METHODS)
@feeds.route(f"/<path:feed>/{_FILE}", methods=METHODS)
def feed(file: str, feed: str = "") -> Response:
    """Answer with a feed: of a section or the site, one of its archives, or its corrections."""
    path = FeedPath.parse(feed)
    before = request.args.get("before", "") if path.document == "archive" else ""
    wanted = FeedRequest(path, FORMATS_BY_FILE[file], before)
    now = services.clock()
    document, validity = services.feeds.made(wanted, now)
    if path.document == "newest":
        if request.args.get("view") == "source":
            source = f"{document.url}?view=source"
            return respond(replace(document, media_type="text/plain", url=source, hub=""))
        if navigates(request.headers.get):
            # A cache must not give this redirect, which is for people, to readers.
            address = url_for("section", section=path.place) if path.place else LATEST
            page = redirect(address, code=303)
            page.headers["Cache-Control"] = "no-store"
            return page
    response = respond(document, wanted)
    if request.method == "GET" and response.status_code in _WHOLE:
        services.feeds.fetched(path, validity.revision, now, 1)
    return response
