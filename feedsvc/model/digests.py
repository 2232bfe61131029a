"""Digests of values, of bytes, and of feedsvc's own code."""

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from importlib.metadata import distribution
from io import BufferedReader, RawIOBase
from itertools import chain
from pathlib import Path

import msgspec

_PACKAGE = Path(__file__).parents[1]
_CODE = (".py", ".toml")
"""Suffixes of files with code or data."""
_VERSION = re.compile(r"^Version: (.+)$", re.MULTILINE)
"""The field of a library's core metadata."""


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


def code_digest(rooms: Iterable[str], versions: Iterable[str], package: Path = _PACKAGE) -> str:
    """Return a digest of the code in whole rooms of feedsvc and of the versions of libraries.

    :param rooms: folders of the package with their code and data, or modules beside them.
    :param versions: of the libraries, in a fixed order.
    :param package: the folder of feedsvc.
    """
    state = hashlib.sha256(" ".join(versions).encode())
    for file in chain.from_iterable(_code_files(package / name) for name in rooms):
        # Each process reads a hundred files when it starts; a Path and a buffer for each cost more.
        with open(file, "rb", buffering=0) as opened:  # noqa: PTH123
            state.update(opened.read())
    return state.hexdigest()


def _code_files(path: Path) -> Iterator[str]:
    """Yield the files with the code of a room or module, in order."""
    if not path.is_dir():
        yield f"{path}.py"
    for folder, folders, files in os.walk(path):
        folders.sort()
        yield from (f"{folder}/{name}" for name in sorted(files) if name.endswith(_CODE))


def version_of(library: str) -> str:
    """Return the version of an installed library, without parsing its description, too."""
    installed = distribution(library)
    stated = _VERSION.search(installed.read_text("METADATA") or "")
    return stated[1] if stated else installed.version
