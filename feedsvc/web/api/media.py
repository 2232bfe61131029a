"""Pictures and sounds: upload them, so that records can name them."""

from flask import request
from werkzeug import Response
from werkzeug.http import parse_options_header

from feedsvc.publishing.upload import Upload
from feedsvc.web.api.answers import UploadedFile
from feedsvc.web.api.resource import answer, body_bytes, is_trial, refuse, resource
from feedsvc.web.auth import needs
from feedsvc.web.publishing_services import publishing_services
from feedsvc.web.services import services

media = resource("media")

_ENVELOPE = 100_000
"""Bytes of a multipart body around its file."""


@media.post("/media")
@needs("media")
def post_media() -> Response:
    """Keep a picture or a sound; one with the same bytes is kept once."""
    if is_trial():
        raise refuse(400, "dry_run is for articles; a file is measured when it is kept.")
    name, data = _sent()
    if not name:
        raise refuse(400, 'name the file: Content-Disposition: attachment; filename="flood.jpg".')
    upload: Upload = publishing_services.uploads.keep(name, data)
    return answer(UploadedFile.of(upload), 201 if upload.created else 200)


def _sent() -> tuple[str, bytes]:
    """Return the name and the bytes of the file in this request.

    :raises HTTPException: there is none, or it is too long.
    """
    most = services.config.api.upload_bytes
    if request.mimetype != "multipart/form-data":
        _, options = parse_options_header(request.headers.get("Content-Disposition", ""))
        return options.get("filename", ""), body_bytes(most)
    request.max_content_length = most + _ENVELOPE
    file = request.files.get("file")
    if file is None:
        raise refuse(400, 'the multipart body has no part "file".')
    return file.filename or "", file.read()
