"""Reply to a request for a finished document, by RFC 9110 (HTTP) and RFC 9111 (caching)."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import accumulate

from msgspec import Struct
from werkzeug.http import http_date

from feedsvc.model.feed import Document
from feedsvc.web.http import content_codings
from feedsvc.web.http.conditional_requests import Headers, decide, had, moment, tag

Since = Callable[[Document, Sequence[str]], Document | None]
"""Returns only the changes since one of several entity-tags (RFC 3229); None if not known."""
_Headers = Sequence[tuple[str, str]]

METHODS = ("GET", "HEAD", "OPTIONS")

_TAKES_CHANGES = frozenset(("liferea", "newsbeuter", "newsboat", "python-reader"))
"""The readers that take 226, as their User-Agent begins, in lower case; lemon24/reader calls itself
the last. Others ask for changes unawares, because feedparser does so in every request, and take
226 for an error, such as rss2email."""
_TAG_HEADERS = {
    "surrogate-key": ("Surrogate-Key", " ", 8000),
    "xkey": ("xkey", " ", 8000),
    "cache-tag": ("Cache-Tag", ",", 8000),
    "cdn-tag": ("CDN-Tag", ",", 1000),
}
"""The headers of tags, with the separator and the longest value in bytes that their caches take;
the tags of the answer itself come first, then the articles, the newest first."""
_SECOND = timedelta(seconds=1)
_LATE = 600
"""Seconds after which a cache must ask before it answers, so that a kill reaches its readers."""
_STALE_IF_ERROR = 7 * 24 * 3600
"""Seconds for which a cache may use an old answer while this service does not answer."""


class Reply(Struct, frozen=True):
    """An answer without ``Date`` and the headers of the connection."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""


def with_cache_tags(answer: Reply, document: Document, name: str) -> Reply:
    """Return a reply with the tags by which a shared cache, such as a CDN, can purge it."""
    if answer.status not in (200, 304):
        return answer
    return Reply(answer.status, (*answer.headers, *cache_tags(document.tags, name)), answer.body)


def cache_tags(tags: Sequence[str], name: str) -> list[tuple[str, str]]:
    """Return the header with the tags by which an answer can be purged; empty where no CDN is used.

    :param name: of the header, in small letters; empty for none.
    """
    if not (name and tags):
        return []
    header, separator, longest = _TAG_HEADERS[name]
    ends = accumulate(len(tag) + 1 for tag in tags)
    fitting = [tag for tag, end in zip(tags, ends, strict=True) if end <= longest]
    return [(header, separator.join(fitting))]


def reply(
    document: Document,
    method: str,
    headers: Headers,
    code: Callable[[Document, str], bytes],
    now: datetime,
    since: Since | None = None,
) -> Reply:
    """Return the reply to a request for a document.

    :param method: one of METHODS.
    :param code: returns a document's bytes in a content coding.
    :param now: the moment of the reply, which is right until ``date_until``.
    :param since: returns the changes, where earlier states of the document are known.
    """
    if method == "OPTIONS":
        return Reply(204, (("Allow", ", ".join(METHODS)), *_SHARED))
    coding, vary = content_codings.IDENTITY, ()
    if content_codings.worthwhile(document):
        coding = content_codings.choose(headers.get("accept-encoding"))
        vary = (("Vary", "Accept-Encoding"),)
    status = decide(document, coding, headers)
    # A 304 tells a client that its state is right, and by which date.
    dated = _last_modified(document, {} if status == 304 else headers, now)
    lasting = (*_validators(document, coding, dated), *vary, *_SHARED)
    if status == 304:
        return Reply(304, lasting)
    if status == 412:
        return _sent(412, _FAILED, (("Content-Type", _TEXT),), (*vary, *_SHARED), method)
    described = [("Content-Type", f"{document.media_type}; charset=utf-8")]
    if coding != content_codings.IDENTITY:
        described.append(("Content-Encoding", coding))
    if since and wants_changes(headers) and (changed := since(document, had(headers))):
        others = (*_delta(changed, coding, dated), *_SHARED)
        return _sent(226, code(changed, coding), described, others, method)
    return _sent(200, code(document, coding), described, lasting, method)


def _sent(status: int, body: bytes, described: _Headers, others: _Headers, method: str) -> Reply:
    headers = (*described, ("Content-Length", str(len(body))), *others)
    return Reply(status, headers, body if method != "HEAD" else b"")


def wants_changes(headers: Headers) -> bool:
    """Return whether a client with an earlier state wants the changes alone (RFC 3229 §10.5.3).

    It must be a reader that is known to take them.
    """
    return (
        "if-none-match" in headers
        and "a-im" in headers
        and headers.get("user-agent", "").partition("/")[0].lower() in _TAKES_CHANGES
        and content_codings.weights(headers["a-im"]).get("feed", 0) > 0
    )


def navigates(header: Callable[[str], str | None]) -> bool:
    """Return whether a browser opens the address in a window, for a person (Fetch Metadata).

    :param header: returns a header of the request by its name in lower case.
    """
    return header("sec-fetch-mode") == "navigate" and header("sec-fetch-dest") == "document"


def date_until(document: Document, now: datetime) -> datetime | None:
    """Return until when replies have the same date for a document; None where that stays."""
    second = now.replace(microsecond=0)
    return None if document.last_modified <= second else second + _SECOND


def _last_modified(document: Document, headers: Headers, now: datetime) -> _Headers:
    """Return the header with the date of a document, which is never in the future (§8.8.2.1).

    There is none where it would be no later than the date by which the client asked: curl, and so
    Newsboat, drops such a document, although the client has another state.
    """
    date = min(document.last_modified, now.replace(microsecond=0))
    since = moment(headers.get("if-modified-since"))
    return () if since and since >= date else (("Last-Modified", http_date(date)),)


def _delta(document: Document, coding: str, dated: _Headers) -> _Headers:
    """Return the headers of the changes since an earlier state; the tag is of the whole feed.

    A cache that does not know RFC 3229 must not keep them, and one that does may (§10.9).
    """
    return (
        ("IM", "feed"),
        ("Delta-Base", f'"{document.base}"'),
        ("ETag", tag(document, coding)),
        *dated,
        ("Cache-Control", f"no-store, im, max-age={document.max_age}"),
        ("Link", document.links),
        ("Vary", "A-IM, Accept-Encoding, User-Agent"),
    )


def _validators(document: Document, coding: str, dated: _Headers) -> _Headers:
    """Return the headers that a 304 has as a 200 does (RFC 9110 §15.4.5).

    They include Last-Modified, which that section does not demand: NetNewsWire and FreshRSS keep
    only the validators of the last answer.
    """
    age = document.max_age
    # A cache counts both from the moment of the answer, also if it has it from another cache.
    stale = max(0, min(age, _LATE - age))
    control = (
        f"max-age={age}, s-maxage={min(age, document.shared_age)}, "
        f"stale-while-revalidate={stale}, stale-if-error={_STALE_IF_ERROR}"
    )
    return (
        ("ETag", tag(document, coding)),
        *dated,
        ("Cache-Control", control),
        ("Link", document.links),
    )


_SHARED = (
    ("Access-Control-Allow-Origin", "*"),
    # A feed is read whole: a range of it could be mistaken for one of its next state.
    ("Accept-Ranges", "none"),
    ("X-Content-Type-Options", "nosniff"),
)

_TEXT = "text/plain; charset=utf-8"
_FAILED = b"412 Precondition Failed: this feed is not the one that you asked for; ask without it.\n"
