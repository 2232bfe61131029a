"""Pictures and sounds of the newsroom, at addresses that hold a digest of their content."""

from flask import Blueprint, redirect, send_file
from werkzeug import Response
from werkzeug.exceptions import ServiceUnavailable

from feedsvc.model.paths import MEDIA
from feedsvc.web.services import services

media = Blueprint("media", __name__)

_YEAR = 365 * 24 * 3600
"""Seconds for which a file may be cached; RFC 9111 has no "for ever"."""

_SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""An SVG can hold scripts; opened by itself it must not run them on this host."""


@media.get(f"{MEDIA}<digest>/<path:path>")
def file(digest: str, path: str) -> Response:
    """Answer with a picture or a sound, or redirect from its former address to the present one."""
    media_file = services.media_files.find(digest, path, services.clock())
    if not media_file.current:
        moved = redirect(media_file.url, code=302)
        moved.headers["Cache-Control"] = "no-cache"
        return moved
    response = send_file(
        media_file.file, mimetype=media_file.type, conditional=True, etag=digest, max_age=_YEAR
    )
    if not services.media_slots.acquire(blocking=False):
        response.close()
        raise ServiceUnavailable(retry_after=5)
    response.direct_passthrough = False  # or Werkzeug would not call anything on close
    response.call_on_close(services.media_slots.release)
    response.cache_control.public = True
    response.cache_control.immutable = True
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Content-Security-Policy"] = _SANDBOX
    return response
