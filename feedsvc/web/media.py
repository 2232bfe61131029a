"""Pictures and sounds of the newsroom, at addresses that hold a digest of their content."""

from datetime import UTC, datetime
from typing import IO, cast

from flask import Blueprint, redirect, request
from werkzeug import Response
from werkzeug.exceptions import ServiceUnavailable
from werkzeug.wsgi import FileWrapper

from feedsvc.model.cache_tags import EVERYTHING, media_tag
from feedsvc.model.paths import MEDIA
from feedsvc.model.published_file import PublishedFile
from feedsvc.syndication.media import MediaFile
from feedsvc.web.http.reply import cache_tags
from feedsvc.web.services import services

media = Blueprint("media", __name__)

_YEAR = 365 * 24 * 3600
"""Seconds for which a file may be cached; RFC 9111 has no "for ever"."""

_BLOCK = 1 << 16
"""Bytes that are read and sent at once."""

_RETRY = 5
"""Seconds after which a client may ask again."""

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
    # Before the file is opened: to verify it may take as long as to send it.
    if not services.media_slots.acquire(blocking=False):
        raise ServiceUnavailable(retry_after=_RETRY)
    try:
        response = _response(media_file, services.media_files.open(media_file.media))
    except BlockingIOError:
        services.media_slots.release()
        raise ServiceUnavailable(retry_after=_RETRY) from None
    except BaseException:
        services.media_slots.release()
        raise
    response.call_on_close(services.media_slots.release)
    return response


def _response(media_file: MediaFile, content: PublishedFile) -> Response:
    response = Response(
        FileWrapper(cast("IO[bytes]", content), _BLOCK), mimetype=media_file.media.type
    )
    response.content_length = content.length
    response.last_modified = datetime.fromtimestamp(content.status.st_mtime, UTC)
    response.set_etag(media_file.media.digest)
    response.cache_control.max_age = _YEAR
    response.cache_control.immutable = True
    response.headers["Access-Control-Allow-Origin"] = "*"
    known = media_file.media
    tags = media_tag(known.digest, known.path), EVERYTHING
    response.headers.extend(cache_tags(tags, services.config.cdn.header))
    if media_file.media.type != "application/pdf":  # browsers show none in a sandbox
        response.headers["Content-Security-Policy"] = _SANDBOX
    try:
        return response.make_conditional(
            request, accept_ranges=True, complete_length=content.length
        )
    except BaseException:
        response.close()
        raise
