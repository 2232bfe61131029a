"""Pages for people."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from flask import Blueprint, make_response, redirect, render_template, request, url_for

from feedsvc.model.feed import MEDIA_TYPES
from feedsvc.web.services import services

if TYPE_CHECKING:
    from werkzeug import Response

    from feedsvc.web.services import Services

pages = Blueprint("pages", __name__, template_folder="templates", static_folder="static")

_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via")


@pages.get("/")
def home() -> Response:
    """Send a person who opened the bare address on to the list of feeds."""
    return redirect(url_for("pages.feeds"))


@pages.get("/feeds", strict_slashes=False)
def feeds() -> Response:
    """Show every section with its feeds and, to the newsroom, the files that have problems."""
    room = services()
    newsroom = _is_newsroom(room)
    response = make_response(_page(room, newsroom=newsroom))
    response.cache_control.public = not newsroom
    response.cache_control.private = newsroom or None
    response.cache_control.max_age = 0 if newsroom else 60
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.add_etag()
    return response.make_conditional(request)


def files() -> dict[str, bytes]:
    """Return the pages as everybody gets them, and what they need, by the paths of files."""
    room = services()
    page = _page(room, newsroom=room.directory.config.site.show_problems).encode()
    static = Path(str(pages.static_folder))
    needed = {f"static/{file.name}": file.read_bytes() for file in sorted(static.iterdir())}
    return {**needed, "feeds/index.html": page, "index.html": page}


def _page(room: Services, *, newsroom: bool) -> str:
    return render_template(
        "feeds.html",
        site=room.directory.config.site,
        sections=room.directory.overview(room.clock()),
        media_types=MEDIA_TYPES,
        problems=room.directory.problems() if newsroom else [],
    )


def _is_newsroom(room: Services) -> bool:
    """Tell whether whoever asks may see what is wrong in the files.

    A proxy on the same machine asks from loopback too, on behalf of anybody.
    """
    if room.directory.config.site.show_problems:
        return True
    host = request.host.rsplit(":", 1)[0].strip("[]")
    # nginx asks in HTTP/1.0 and says nothing of whom it asks for, unless it is told to.
    old = request.environ.get("SERVER_PROTOCOL") == "HTTP/1.0"
    proxied = old or any(name in request.headers for name in _FORWARDED)
    return request.remote_addr in _LOOPBACK and host in _LOOPBACK and not proxied
