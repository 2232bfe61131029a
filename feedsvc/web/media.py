"""Pictures and sounds of the newsroom, at addresses that hold a digest of their content."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, redirect, send_file
from werkzeug.exceptions import ServiceUnavailable

from feedsvc.model.paths import MEDIA
from feedsvc.web.services import current_services

if TYPE_CHECKING:
    from werkzeug import Response

media = Blueprint("media", __name__)

_YEAR = 365 * 24 * 3600
"""Seconds; RFC 9111 has no "for ever"."""

_SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""An SVG can hold scripts; opened by itself it must not run them on this host."""


@media.get(f"{MEDIA}<digest>/<path:path>")
def file(digest: str, path: str) -> Response:
    """Answer with a picture or a sound; send on who asks for an older state of it."""
    services = current_services()
    found = services.sections.media(digest, path, services.clock())
    if not found.current:
        moved = redirect(found.url, code=302)
        moved.headers["Cache-Control"] = "no-cache"
        return moved
    if not services.media_slots.acquire(blocking=False):
        raise ServiceUnavailable(retry_after=5)
    try:
        response = send_file(
            found.file, mimetype=found.type, conditional=True, etag=digest, max_age=_YEAR
        )
    except BaseException:
        services.media_slots.release()
        raise
    response.direct_passthrough = False  # else nothing is called on close
    response.call_on_close(services.media_slots.release)
    response.cache_control.public = True
    response.cache_control.immutable = True
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = _SANDBOX
    return response
