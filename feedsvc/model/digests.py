"""Digests of values, of bytes, and of feedsvc's own code."""

import hashlib
from collections.abc import Iterable
from importlib.metadata import version
from io import BufferedReader, RawIOBase
from pathlib import Path

import msgspec

_PACKAGE = Path(__file__).parents[1]
_CODE = {".py", ".toml"}
"""Suffixes of files with code or data."""


def digest_of(*parts: object) -> str:
    """Return a digest of values: the same for equal values in every process."""
    return hashlib.sha256(msgspec.json.encode(parts, order="deterministic")).hexdigest()


def etag(data: bytes) -> str:
    """Return an entity tag of bytes (RFC 9110 §8.8.3), without its quotes."""
    return short_etag(hashlib.sha256(data).hexdigest())


def short_etag(digest: str) -> str:
    """Return the entity tag that belongs to a SHA-256."""
    return digest[:32]


def media_digest(file: BufferedReader | RawIOBase) -> str:
    """Return the digest of a media file that is part of its address: 16 digits of its SHA-256."""
    return hashlib.file_digest(file, "sha256").hexdigest()[:16]


def code_digest(rooms: Iterable[str], libraries: Iterable[str], package: Path = _PACKAGE) -> str:
    """Return a digest of the code in whole rooms of feedsvc and of the versions of libraries.

    :param rooms: folders of the package with their code and data, or modules beside them.
    :param package: the folder of feedsvc.
    """
    state = hashlib.sha256(" ".join(map(version, libraries)).encode())
    for name in rooms:
        inside = (package / name).rglob("*")
        for file in [package / f"{name}.py", *sorted(it for it in inside if it.suffix in _CODE)]:
            if file.exists():
                state.update(file.read_bytes())
    return state.hexdigest()
