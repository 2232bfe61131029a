"""Digests of values, of bytes, and of feedsvc's own code."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable
    from io import BufferedReader

_PACKAGE = Path(__file__).parents[1]


def digest_of(*parts: object) -> str:
    """Return a digest of values: the same for equal values in every process."""
    return hashlib.sha256(msgspec.json.encode(parts, order="deterministic")).hexdigest()


def etag(body: bytes) -> str:
    """Return the entity tag of a document (RFC 9110 §8.8.3), without its quotes."""
    return hashlib.sha256(body).hexdigest()[:32]


def media_digest(file: BufferedReader) -> str:
    """Return the digest of a media file that is part of its address: 16 digits of its SHA-256."""
    return hashlib.file_digest(file, "sha256").hexdigest()[:16]


def code_digest(rooms: Iterable[str], libraries: Iterable[str]) -> str:
    """Return a digest of the code in whole rooms of feedsvc and of the versions of libraries.

    :param rooms: folders of the package, or modules that stand beside them.
    """
    state = hashlib.sha256(" ".join(map(version, libraries)).encode())
    for room in rooms:
        for file in [_PACKAGE / f"{room}.py", *sorted((_PACKAGE / room).rglob("*.py"))]:
            if file.exists():
                state.update(file.read_bytes())
    return state.hexdigest()
