"""The article files of a newsroom: which there are, whether they changed, what is in them."""

from __future__ import annotations

import os
import re
import stat
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_IGNORED_BEGINNINGS = (".", "_")
_IGNORED_ENDS = ("~", ".tmp", ".swp")
_NOT_UTF8 = re.compile("[\ud800-\udfff]")

SUFFIXES = (".md", ".json")
"""Of the files that are records."""

Stamp = tuple[int, int]
"""Size in bytes, and time of change in nanoseconds: of the content or of the file's place."""

GONE: Stamp = (-1, -1)
"""The stamp of a file that is not there."""


class ArticleFile(Struct, frozen=True):
    """A record as bytes."""

    path: str
    """Below ``articles/``, parted by slashes."""
    data: bytes


def ignored(name: str) -> bool:
    """Tell whether a file or folder is an editor's or a person's own business.

    A name that is not UTF-8 is, too: no address and no message could hold it.
    """
    return (
        name.startswith(_IGNORED_BEGINNINGS)
        or name.endswith(_IGNORED_ENDS)
        or (not name.isascii() and _NOT_UTF8.search(name) is not None)
    )


def is_record(path: str) -> bool:
    """Tell whether a path below ``articles/`` is one of a record."""
    return path.endswith(SUFFIXES) and not any(ignored(part) for part in path.split("/"))


def visible(articles: Path, path: str) -> bool:
    """Tell whether ``walk`` comes to a path: it is not ignored, nor below a link to a folder."""
    parts = path.split("/")
    folders = ("/".join(parts[:depth]) for depth in range(1, len(parts)))
    return not any(map(ignored, parts)) and not any(
        (articles / folder).is_symlink() for folder in folders
    )


def walk(articles: Path, below: str = "", closed: list[str] | None = None) -> Iterator[str]:
    """Yield the path of every record below ``articles/``, or below one of its folders, in order.

    The arguments and errors are those of ``folders``.
    """
    for _, paths in folders(articles, below, closed):
        yield from sorted(paths)


def folders(
    articles: Path, below: str = "", closed: list[str] | None = None
) -> Iterator[tuple[str, list[str]]]:
    """Yield every folder, in order, with the paths of the records that lie in it, in none.

    A folder that is a symbolic link is not entered, so that no loop is.

    :param closed: collects the folders that cannot be read; without it they raise.
    :raises OSError: a folder cannot be read.
    """
    stack = [below]
    while stack:
        folder = stack.pop()
        try:
            inner, paths = _entries(articles, folder)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError:
            if closed is None:
                raise
            closed.append(folder)
            continue
        yield folder, paths
        stack.extend(sorted(inner, reverse=True))


def _entries(articles: Path, folder: str) -> tuple[list[str], list[str]]:
    """Return the paths of the folders and of the records in a folder."""
    beginning = f"{folder}/" if folder else ""
    inner: list[str] = []
    records: list[str] = []
    with os.scandir(articles / folder) as found:
        for entry in found:
            name = entry.name
            if entry.is_dir(follow_symlinks=False):
                if not ignored(name):
                    inner.append(beginning + name)
            elif name.endswith(SUFFIXES) and not ignored(name):
                records.append(beginning + name)
    return inner, records


def stamp(file: Path | str) -> Stamp:
    """Return what tells that a file changed; GONE if it is not there."""
    try:
        found = os.stat(file)  # noqa: PTH116  of very many files, a Path takes its time
    except OSError:
        return GONE
    # A file that another one takes the place of may bring its old time of change along.
    modified, changed = found.st_mtime_ns, found.st_ctime_ns
    return found.st_size, max(changed, modified)


def read(articles: Path, path: str, limit: int) -> ArticleFile:
    """Return a record's bytes.

    :param limit: in bytes.
    :raises OSError: it cannot be read.
    :raises ValueError: it is no plain file, a symbolic link out of ``articles/``, or too long.
    """
    file = articles / path
    found = file.stat()
    if not stat.S_ISREG(found.st_mode):  # a pipe would be waited for
        raise ValueError("is no plain file")
    if found.st_size > limit:
        raise ValueError(f"is {found.st_size:,} bytes long; [articles] max_bytes is {limit:,}")
    if not file.resolve().is_relative_to(articles.resolve()):
        raise ValueError("is a link out of articles/; copy the file there")
    with file.open("rb") as data:
        return ArticleFile(path, data.read(found.st_size + 1))  # no more, even if it grows
