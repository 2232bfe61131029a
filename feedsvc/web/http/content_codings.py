"""Content codings: the one a client accepts (RFC 9110 §12.5.3), and a document's bytes in it."""

import gzip
import re
from collections.abc import Callable, Iterator

import brotli
import zstandard

from feedsvc.model.feed import ENCODINGS, Document
from feedsvc.model.sized_cache import SizedCache

IDENTITY = "identity"

_ZSTD_LEVEL, _BROTLI_QUALITY, _GZIP_LEVEL = 9, 5, 6
"""As small as can be had within a millisecond or two."""
_BEST_BROTLI = 11
_LONG = 300_000
"""Bytes of a document that Brotli at its best would take seconds for."""

_COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "zstd": lambda data: zstandard.ZstdCompressor(level=_ZSTD_LEVEL).compress(data),
    "br": lambda data: brotli.compress(data, mode=brotli.MODE_TEXT, quality=_BROTLI_QUALITY),
    "gzip": lambda data: gzip.compress(data, _GZIP_LEVEL, mtime=0),  # no clock in the bytes
}
_COMPRESS_BEST: dict[str, Callable[[bytes], bytes]] = {
    **_COMPRESS,
    "br": lambda data: brotli.compress(data, mode=brotli.MODE_TEXT, quality=_BEST_BROTLI),
}
"""For documents that are compressed once and read often."""
TAGGED = (*ENCODINGS, f"br{_BEST_BROTLI}")
"""The codings as entity-tags name them."""

SUFFIXES = {"zstd": ".zst", "br": ".br", "gzip": ".gz"}
"""Suffixes of compressed files beside the file itself."""

_WEIGHT = re.compile(r"(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)")
"""A weight (RFC 9110 §12.4.2)."""

_SMALL = 256
"""Bytes below which no coding saves a packet."""

MEMORY = 24_000_000
"""Bytes of compressed documents in memory: some thousand feeds in each coding."""


def choose(accepted: str | None) -> str:
    """Return the coding of an answer: the best that the client accepts, else none.

    A client that accepts none of them gets the document as it is: RFC 9110 §12.5.3
    allows that, and readers can do more with it than with 406.

    :param accepted: the values of all ``Accept-Encoding`` lines; None without one.
    """
    named = weights(accepted or "")
    # "*" is taken at its word only for gzip, which everything has understood for decades.
    named.setdefault("gzip", named.get("*", 0))
    coding = max(ENCODINGS, key=lambda offered: named.get(offered, 0))
    weight = named.get(coding, 0)
    return coding if weight and weight >= named.get(IDENTITY, 0) else IDENTITY


def weights(accepted: str) -> dict[str, int]:
    """Return the names in a list with their weights in thousandths; malformed ones are left out.

    ``werkzeug.http.parse_accept_header`` would take ``gzip; q = 0`` for a gzip that is accepted.
    """
    named: dict[str, int] = {}
    for part in accepted.lower().split(","):
        name, *parameters = (word.strip() for word in part.split(";"))
        weight = 1000
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip() == "q":
                value = value.strip()
                weight = round(float(value) * 1000) if _WEIGHT.fullmatch(value) else -1
        if name and weight >= 0:
            named["gzip" if name == "x-gzip" else name] = weight
    return named


class Coded:
    """Documents in other codings, each made once and kept in memory. Thread-safe."""

    def __init__(self, memory: int = MEMORY) -> None:
        self._cache = SizedCache[tuple[str, str], tuple[str, bytes]](
            memory, lambda tagged: len(tagged[1])
        )
        """Entity-tag and bytes, by address and coding: only the last state of each document, so
        that one that changes often takes no more memory."""

    def get(self, document: Document, coding: str) -> bytes:
        """Return the bytes of a document in a coding."""
        if coding == IDENTITY:
            return document.body
        if (ready := document.encodings.get(coding)) is not None:
            return ready
        if document.base:
            return _COMPRESS[coding](document.body)  # hardly anyone else needs the same delta
        etag, data = self._cache.get((document.url, coding)) or ("", b"")
        if etag != document.etag:
            data = _COMPRESS[coding](document.body)
            self._cache.put((document.url, coding), (document.etag, data))
        return data


def best(document: Document) -> dict[str, bytes]:
    """Return a document in all codings, as small as they can be, which takes long."""
    compressors = _COMPRESS_BEST if len(document.body) <= _LONG else _COMPRESS
    return {coding: compress(document.body) for coding, compress in compressors.items()}


def suffix(document: Document, coding: str) -> str:
    """Return the end of a document's entity-tag: other bytes have another tag."""
    if coding not in ENCODINGS:
        return ""
    smaller = coding == "br" and coding in document.encodings and len(document.body) <= _LONG
    return f"-{coding}{_BEST_BROTLI}" if smaller else f"-{coding}"


def worthwhile(document: Document) -> bool:
    """Return whether a coding makes a document smaller in a way that matters."""
    return len(document.body) >= _SMALL


def siblings(body: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield a text in each coding, with the suffix of the file it belongs into."""
    if len(body) >= _SMALL:
        for coding, suffix in SUFFIXES.items():
            yield suffix, _COMPRESS_BEST[coding](body)
