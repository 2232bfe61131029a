"""The body of a request, up to a limit."""

from flask import request


def read_body(limit: int) -> bytes | None:
    """Return the body of this request; None where it is longer than a limit in bytes.

    :raises HTTPException: it is not complete.
    """
    request.max_content_length = limit
    if request.content_length is None and request.headers.get("Transfer-Encoding"):
        # Not every server tells Flask that the end of such a body is known.
        data = request.environ["wsgi.input"].read(limit + 1)
    elif (request.content_length or 0) > limit:
        return None
    else:
        data = request.get_data(cache=False)
    return data if len(data) <= limit else None
