"""From a finished document and a request to a response: pure, and the same at every door.

RFC 9110 (HTTP semantics) and RFC 9111 (caching).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from feedsvc.web import codings
from feedsvc.web.validators import decide, http_date, tag

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from feedsvc.model.feed import Document

METHODS = ("GET", "HEAD", "OPTIONS")

_STALE_IF_ERROR = 7 * 24 * 3600
"""Seconds for which a cache may give out what it has while this service does not answer."""


class Reply(Struct, frozen=True):
    """What is sent back, but for ``Date`` and what belongs to the connection."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""


def reply(
    document: Document,
    method: str,
    headers: Mapping[str, str],
    code: Callable[[Document, str], bytes],
) -> Reply:
    """Return the response to a request for a document.

    :param method: one of METHODS.
    :param headers: of the request, by their names in lower case; several lines of one name are
        one value, parted by commas (RFC 9110 §5.3).
    :param code: returns a document's bytes in a content coding.
    """
    if method == "OPTIONS":
        return Reply(204, (("Allow", ", ".join(METHODS)), *_SHARED))
    varies = codings.worthwhile(document)
    vary = (("Vary", "Accept-Encoding"),) if varies else ()
    coding = codings.choose(headers.get("accept-encoding")) if varies else codings.IDENTITY
    status = decide(document, coding, headers)
    if status == 304:
        return Reply(304, (*_validators(document, coding), *vary, *_SHARED))
    if status == 412:
        described, body, told = [("Content-Type", _TEXT)], _FAILED, ()
    else:
        described = [("Content-Type", f"{document.media_type}; charset=utf-8")]
        body, told = code(document, coding), _validators(document, coding)
        if coding != codings.IDENTITY:
            described.append(("Content-Encoding", coding))
    described.append(("Content-Length", str(len(body))))
    sent = body if method != "HEAD" else b""
    return Reply(status, (*described, *told, *vary, *_SHARED), sent)


def _validators(document: Document, coding: str) -> tuple[tuple[str, str], ...]:
    """Return what a 304 tells as a 200 does (RFC 9110 §15.4.5).

    Last-Modified is among it, which that section would let go: NetNewsWire and FreshRSS keep the
    validators of the last answer alone.
    """
    age = document.max_age
    control = (
        f"public, max-age={age}, s-maxage={min(age, document.shared_age)}, "
        f"stale-while-revalidate={age}, stale-if-error={_STALE_IF_ERROR}"
    )
    return (
        ("ETag", tag(document, coding)),
        ("Last-Modified", http_date(document.last_modified)),
        ("Cache-Control", control),
        ("Link", f'<{document.url}>; rel="self"'),
    )


_SHARED = (
    ("Access-Control-Allow-Origin", "*"),
    # A feed is read whole, and a piece of it could not be told from one of its next state.
    ("Accept-Ranges", "none"),
    ("X-Content-Type-Options", "nosniff"),
)

_TEXT = "text/plain; charset=utf-8"
_FAILED = b"412 Precondition Failed: this feed is not the one that you asked for; ask without it.\n"
