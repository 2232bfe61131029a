"""The body of a request, up to a limit."""

from collections.abc import Callable

from flask import request

_BLOCK = 1 << 16
"""Bytes that are read at once."""


def copy_body(limit: int, write: Callable[[bytes], object]) -> bool:
    """Pass the body of this request on, block by block; return whether it was whole.

    It is not where it is longer than a limit in bytes.

    :raises HTTPException: the client sends less than it said.
    """
    if (request.content_length or 0) > limit:
        return False
    stream = request.stream
    if request.content_length is None and request.headers.get("Transfer-Encoding"):
        # Not every server tells Flask that the end of such a body is known.
        stream = request.environ["wsgi.input"]
    length = 0
    while block := stream.read(_BLOCK):
        length += len(block)
        if length > limit:
            return False
        write(block)
    return True


def read_body(limit: int) -> bytes | None:
    """Return the body of this request; None where it is longer than a limit in bytes.

    :raises HTTPException: the client sends less than it said.
    """
    body = bytearray()
    return bytes(body) if copy_body(limit, body.extend) else None
