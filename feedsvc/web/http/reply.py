"""From a finished document and a request to a response: pure, and the same at every door.

RFC 9110 (HTTP semantics) and RFC 9111 (caching).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

from msgspec import Struct
from werkzeug.http import http_date

from feedsvc.model.feed import Document
from feedsvc.web.http import content_codings
from feedsvc.web.http.conditional_requests import decide, had, tag

if TYPE_CHECKING:
    Since = Callable[[Document, Sequence[str]], Document | None]
    _Headers = Sequence[tuple[str, str]]

METHODS = ("GET", "HEAD", "OPTIONS")

_LONGEST_TAGS = 8000
"""Bytes of tags, which caches take 16,000 of; the section comes first, then the newest."""
_STALE_IF_ERROR = 7 * 24 * 3600
"""Seconds for which a cache may give out what it has while this service does not answer."""


class Reply(Struct, frozen=True):
    """What is sent back, but for ``Date`` and what belongs to the connection."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""


def nothing(_document: Document, _tags: Sequence[str]) -> Document | None:
    """Know of no state that a feed was in."""
    return None


def tagged(found: Reply, document: Document, name: str) -> Reply:
    """Return a reply that tells a cache of many, such as a CDN, what it can be purged by.

    :param name: of the header: ``Surrogate-Key`` parts tags by spaces, ``Cache-Tag`` by commas.
    """
    if found.status not in (200, 304):
        return found
    return Reply(found.status, (*found.headers, *purging(document.tags, name)), found.body)


def purging(tags: Sequence[str], name: str) -> list[tuple[str, str]]:
    """Return the header that names what an answer can be purged by; none where nobody wants it.

    :param name: as for ``tagged``.
    """
    joint = {"surrogate-key": " ", "cache-tag": ","}.get(name)
    if joint is None or not tags:
        return []
    ends = accumulate(len(tag) + 1 for tag in tags)
    fitting = [tag for tag, end in zip(tags, ends, strict=True) if end <= _LONGEST_TAGS]
    return [("-".join(part.capitalize() for part in name.split("-")), joint.join(fitting))]


def reply(
    document: Document,
    method: str,
    headers: Mapping[str, str],
    code: Callable[[Document, str], bytes],
    since: Since = nothing,
) -> Reply:
    """Return the response to a request for a document.

    :param method: one of METHODS.
    :param headers: of the request, by their names in lower case; several lines of one name are
        one value, parted by commas (RFC 9110 §5.3).
    :param code: returns a document's bytes in a content coding.
    :param since: returns only what is new since one of some tags; None where that is not known.
    """
    if method == "OPTIONS":
        return Reply(204, (("Allow", ", ".join(METHODS)), *_SHARED))
    varies = content_codings.worthwhile(document)
    vary = (("Vary", "Accept-Encoding"),) if varies else ()
    coding = (
        content_codings.choose(headers.get("accept-encoding"))
        if varies
        else content_codings.IDENTITY
    )
    status = decide(document, coding, headers)
    if status == 304:
        return Reply(304, (*_validators(document, coding), *vary, *_SHARED))
    if status == 412:
        return _sent(412, _FAILED, (("Content-Type", _TEXT),), (*vary, *_SHARED), method)
    described = [("Content-Type", f"{document.media_type}; charset=utf-8")]
    if coding != content_codings.IDENTITY:
        described.append(("Content-Encoding", coding))
    if wants_changes(headers) and (changed := since(document, had(headers))):
        told = _changed(changed, coding)
        return _sent(226, code(changed, coding), described, (*told, *_SHARED), method)
    told = _validators(document, coding)
    return _sent(200, code(document, coding), described, (*told, *vary, *_SHARED), method)


def _sent(status: int, body: bytes, described: _Headers, told: _Headers, method: str) -> Reply:
    headers = (*described, ("Content-Length", str(len(body))), *told)
    return Reply(status, headers, body if method != "HEAD" else b"")


def wants_changes(headers: Mapping[str, str]) -> bool:
    """Tell whether a client that has some state would take only what changed (RFC 3229 §10.5.3).

    :param headers: by their names in lower case.
    """
    return (
        "if-none-match" in headers
        and content_codings.weights(headers.get("a-im", "")).get("feed", 0) > 0
    )


def navigates(header: Callable[[str], str | None]) -> bool:
    """Tell whether a browser opens the address in a window, for a person (Fetch Metadata).

    :param header: returns a header of the request by its name in lower case.
    """
    return header("sec-fetch-mode") == "navigate" and header("sec-fetch-dest") == "document"


def _changed(document: Document, coding: str) -> tuple[tuple[str, str], ...]:
    """Return what is told with the changes since a state: the tag is of the whole feed.

    A cache that knows nothing of this must not keep it, and one that does may (§10.9).
    """
    return (
        ("IM", "feed"),
        ("Delta-Base", f'"{document.base}"'),
        ("ETag", tag(document, coding)),
        ("Last-Modified", http_date(document.last_modified)),
        ("Cache-Control", f"no-store, im, max-age={document.max_age}"),
        ("Link", f'<{document.url}>; rel="self"'),
        ("Vary", "A-IM, Accept-Encoding"),
    )


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
