"""Files of a newsroom: compare them with copies elsewhere, and send pictures to their places."""

import re
from typing import Any, cast

from werkzeug import Response

from feedsvc.errors import UNPRINTABLE, Finding, RefusedError
from feedsvc.web import auth
from feedsvc.web.api.answers import Differences, UploadedFile
from feedsvc.web.api.resource import (
    JSON,
    answer,
    body_bytes,
    is_trial,
    json_object,
    refuse,
    resource,
)
from feedsvc.web.auth import needs
from feedsvc.web.publishing_services import publishing_services
from feedsvc.web.services import services

files = resource("files")

_MOST = 1000
"""Files that are compared in one request: each is read."""
_DIGEST = re.compile("[0-9a-f]{64}")


@files.post("/files/compare")
@needs("draft", "write", "media")
def post_compare() -> Response:
    """Answer with the files that are not here with the bytes of the SHA-256 that is sent."""
    given: Any = json_object(JSON).get("files")
    if not isinstance(given, dict) or len(digests := cast("dict[str, Any]", given)) > _MOST:
        raise refuse(400, f"files must be an object of at most {_MOST:,} paths with their SHA-256.")
    if not all(isinstance(it, str) and _DIGEST.fullmatch(it) for it in digests.values()):
        raise refuse(400, "each of files must be a SHA-256 in 64 digits of lower case.")
    if any(map(UNPRINTABLE.search, digests)):
        raise RefusedError([Finding("/files", "has paths with characters that cannot be seen")])
    return answer(Differences(publishing_services.files.different(digests)))


@files.put("/files/<path:filename>")
@needs("media")
def put_file(filename: str) -> Response:
    """Keep a picture, a sound or a film at its path below ``articles/`` or ``media/``."""
    if is_trial():
        raise refuse(400, "dry_run is for articles; a file is measured when it is kept.")
    data = body_bytes(services.config.api.upload_bytes)
    upload = publishing_services.files.keep(filename, data, auth.publisher())
    return answer(UploadedFile.of(upload), 201 if upload.created else 200)
