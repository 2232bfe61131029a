"""Content codings: which one a client wants (RFC 9110 §12.5.3), and a document's bytes in it."""

from __future__ import annotations

import gzip
import re
from threading import Lock
from typing import TYPE_CHECKING

import brotli
import zstandard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from feedsvc.model.feed import Document

IDENTITY = "identity"

_ZSTD_LEVEL, _BROTLI_QUALITY, _GZIP_LEVEL = 9, 5, 6
_BEST_BROTLI = 11
_LONG = 300_000
"""Bytes of a document that Brotli at its best would take seconds for."""

_COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "zstd": lambda data: zstandard.ZstdCompressor(level=_ZSTD_LEVEL).compress(data),
    "br": lambda data: brotli.compress(data, mode=brotli.MODE_TEXT, quality=_BROTLI_QUALITY),
    "gzip": lambda data: gzip.compress(data, _GZIP_LEVEL, mtime=0),  # no clock in the bytes
}
CODINGS = tuple(_COMPRESS)
"""Those that are given out, the ones we like best first; of equals a client gets the first."""
TAGGED = (*CODINGS, f"br{_BEST_BROTLI}")
"""What tags say of codings."""

SUFFIXES = {"zstd": ".zst", "br": ".br", "gzip": ".gz"}
"""How files in a coding end that stand beside the file itself."""
_ONCE: dict[str, Callable[[bytes], bytes]] = {
    **_COMPRESS,
    "br": lambda data: brotli.compress(data, mode=brotli.MODE_TEXT, quality=_BEST_BROTLI),
}
"""For what is coded once and read often: Brotli may take the time for its best."""

_WEIGHT = re.compile(r"(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)")

_SMALL = 256
"""Bytes that no coding makes fewer packets of."""

_KEPT_BYTES = 24_000_000
"""Of coded documents in memory, at most."""


def choose(accepted: str | None) -> str:
    """Return the coding of an answer.

    Where a client accepts nothing that there is, it gets the document as it is: RFC 9110 §12.5.3
    allows that, and readers can do more with it than with 406.

    :param accepted: the values of all ``Accept-Encoding`` lines; None without one.
    """
    named = weights(accepted or "")
    # "Whatever you like" is taken at its word only for what everybody has understood for decades.
    named.setdefault("gzip", named.get("*", 0))
    best, coding = max(
        ((named.get(coding, 0), coding) for coding in CODINGS), key=lambda offer: offer[0]
    )
    return coding if best and best >= named.get(IDENTITY, 0) else IDENTITY


def weights(accepted: str) -> dict[str, int]:
    """Return what a list names with its weights in thousandths; what is odd is not named."""
    found: dict[str, int] = {}
    for part in accepted.lower().split(","):
        name, *parameters = (word.strip() for word in part.split(";"))
        weight = 1000
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip() == "q":
                value = value.strip()
                weight = round(float(value) * 1000) if _WEIGHT.fullmatch(value) else -1
        if name and weight >= 0:
            found["gzip" if name == "x-gzip" else name] = weight
    return found


_NOTHING = "", b""


class Coded:
    """Documents in other codings, made once and kept in memory. Safe to share between threads."""

    def __init__(self) -> None:
        """Begin with none."""
        self._kept: dict[tuple[str, str], tuple[str, bytes]] = {}
        """By address and coding, with the tag: of each document the last state alone, so that the
        memory is that of what is asked for, and not of how often it changed."""
        self._size = 0
        self._lock = Lock()

    def get(self, document: Document, coding: str) -> bytes:
        """Return a document's bytes in a coding."""
        if coding == IDENTITY:
            return document.body
        if (ready := document.encodings.get(coding)) is not None:
            return ready
        if document.base:
            return _COMPRESS[coding](document.body)  # hardly anybody else wants the same changes
        key = document.url, coding
        etag, data = self._kept.get(key, _NOTHING)
        if etag != document.etag:
            data = _COMPRESS[coding](document.body)
            with self._lock:
                self._keep(key, document.etag, data)
        return data

    def _keep(self, key: tuple[str, str], etag: str, data: bytes) -> None:
        self._size += len(data) - len(self._kept.pop(key, _NOTHING)[1])
        self._kept[key] = etag, data
        while self._size > _KEPT_BYTES and len(self._kept) > 1:
            self._size -= len(self._kept.pop(next(iter(self._kept)))[1])


def best(document: Document) -> dict[str, bytes]:
    """Return a document in all codings, as small as they can be: it takes long."""
    slowly = _ONCE if len(document.body) <= _LONG else _COMPRESS
    return {coding: compress(document.body) for coding, compress in slowly.items()}


def suffix(document: Document, coding: str) -> str:
    """Return what a document's tag says of its coding: other bytes have another tag."""
    if coding not in CODINGS:
        return ""
    smaller = coding == "br" and coding in document.encodings and len(document.body) <= _LONG
    return f"-{coding}{_BEST_BROTLI}" if smaller else f"-{coding}"


def worthwhile(document: Document) -> bool:
    """Tell whether coding a document makes it smaller in any way that matters."""
    return len(document.body) >= _SMALL


def siblings(body: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield a text in each coding, with the suffix of the file it belongs into."""
    if len(body) >= _SMALL:
        for coding, suffix in SUFFIXES.items():
            yield suffix, _ONCE[coding](body)
