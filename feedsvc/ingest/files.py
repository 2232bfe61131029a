"""The article files of a newsroom: list them, see whether they changed, read their bytes."""

import os
import re
from collections.abc import Iterator
from itertools import accumulate, islice
from pathlib import Path

from feedsvc.config.regular_file import Stamp, open_regular, stamp_of
from feedsvc.errors import UNPRINTABLE, Problem
from feedsvc.model.paths import MAX_NAME, in_newsroom

_IGNORED_BEGINNINGS = (".", "_")
_IGNORED_ENDS = ("~", ".tmp", ".swp")
_NOT_UTF8 = re.compile("[\ud800-\udfff]")

SUFFIXES = (".md", ".json", ".markdown", ".MD", ".JSON", ".MARKDOWN", ".Md", ".Json")
"""The suffixes of records, in all the ways that programs write them."""
_TEXT = re.compile(
    r"(?:[^.]+|.*\.(?:adoc|asciidoc|markdown|md|md[a-z]+|mkdn?|org|qmd|rmd|rst|te?xt|ya?ml))(?:\s.*)?",
    re.DOTALL,
)
"""The names of files that may be texts, in lower case: also of ones without a suffix."""
_DOCUMENTS = tuple(
    ".abw .doc .docm .docx .eml .fodt .gdoc .htm .html .msg .odt .pages .rtf .rtfd .sxw .webarchive"
    " .wpd .wps".split()
)
_PICTURES = tuple(
    ".arw .bmp .cr2 .cr3 .dng .eps .heic .heif .jp2 .jxl .nef .orf .psd .raf .raw .rw2 .tif .tiff"
    " .xcf".split()
)
"""The suffixes of files that people may take for articles and pictures, but feedsvc does not."""

MAX_FOLDER = 1000
"""Bytes of the path of a folder: an index of PostgreSQL takes 2,700 for a record and its folder."""

GONE: Stamp = (-1, -1)
"""The stamp of a file that is not there."""


def is_ignored(name: str) -> bool:
    """Return whether a file or folder is none of feedsvc's business, such as an editor's draft.

    A name that is not UTF-8 is ignored, too: no address and no message could hold it.
    """
    return (
        name.startswith(_IGNORED_BEGINNINGS)
        or name.endswith(_IGNORED_ENDS)
        or (not name.isascii() and _NOT_UTF8.search(name) is not None)
    )


def is_record(path: str) -> bool:
    """Return whether a path below ``articles/`` is that of a record."""
    return path.endswith(SUFFIXES) and not any(is_ignored(part) for part in path.split("/"))


def is_path(path: str) -> bool:
    """Return whether a file that feedsvc reads, below a folder of the newsroom, can have a path."""
    if UNPRINTABLE.search(path) or is_too_deep(path.rpartition("/")[0]):
        return False
    return all(map(_is_name, path.split("/")))


def is_too_deep(folder: str) -> bool:
    """Return whether the path of a folder is too long for the records in it."""
    return len(os.fsencode(folder)) > MAX_FOLDER


def _is_name(part: str) -> bool:
    """Return whether a file or folder can have a name."""
    return part != "" and not is_ignored(part) and len(part.encode()) <= MAX_NAME


def is_json(path: str) -> bool:
    """Return whether a record is in JSON, and not in Markdown."""
    return path.lower().endswith(".json")


def unread_note(articles: Path, path: str) -> Problem | None:
    """Return the note about a file that is neither an article nor a picture for feeds.

    A text is noted if it begins as a record does; others may be anything.
    """
    end = path.lower()
    if end.endswith(_PICTURES):
        message = "is a picture of a kind that feeds do not carry; save it as JPEG"
    elif end.endswith(_DOCUMENTS) or _begins_as_record(articles / path):
        message = "is no article file, so its article is not published; one ends in .md or .json"
    else:
        return None
    return problem_in(path, "", message, note=True)


def _begins_as_record(file: Path) -> bool:
    try:
        with open_regular(file) as data:
            return data.read(6).removeprefix(b"\xef\xbb\xbf").startswith(b"---")
    except (OSError, ValueError):
        return False


def _may_be_unread(name: str) -> bool:
    return name.endswith((*_DOCUMENTS, *_PICTURES)) or (
        not name.endswith(SUFFIXES) and _TEXT.fullmatch(name) is not None
    )


def is_visible(articles: Path, path: str) -> bool:
    """Return whether ``walk`` reaches a path: not if it is ignored or below a link to a folder."""
    parts = path.split("/")
    folders = ("/".join(parts[:depth]) for depth in range(1, len(parts)))
    ignored = any(map(is_ignored, parts)) or is_too_deep("/".join(parts[:-1]))
    return not ignored and not any((articles / folder).is_symlink() for folder in folders)


def walk_all(folder: Path) -> Iterator[Path]:
    """Yield every file in a folder and below it that feedsvc does not ignore, in order.

    :raises OSError: a folder cannot be read.
    """

    def failed(error: OSError) -> None:
        raise error

    for place, inner, names in os.walk(folder, onerror=failed):
        inner[:] = sorted(it for it in inner if not is_ignored(it))
        yield from (Path(place, it) for it in sorted(names) if not is_ignored(it))


def walk(articles: Path, below: str = "", unreadable: list[str] | None = None) -> Iterator[str]:
    """Yield the path of every record below ``articles/``, or below one of its folders, in order.

    For the arguments and errors see ``folders``.
    """
    for _, paths in folders(articles, below, unreadable):
        yield from sorted(paths)


def folders(
    articles: Path,
    below: str = "",
    unreadable: list[str] | None = None,
    unread: list[str] | None = None,
) -> Iterator[tuple[str, list[str]]]:
    """Yield every folder, in order, with the unsorted paths of the records in it.

    A folder that is a symbolic link is not entered, so that there is no loop.

    :param unreadable: collects the folders that cannot be read, or are too deep; without it the
        former raise.
    :param unread: collects the files that ``unread_note`` may have a note about.
    :raises OSError: a folder cannot be read.
    """
    stack = [below]
    while stack:
        folder = stack.pop()
        if unreadable is not None and is_too_deep(folder):
            unreadable.append(folder)
            continue
        try:
            with os.scandir(articles / folder) as entries:
                is_folder = {
                    entry.name: entry.is_dir(follow_symlinks=False)
                    for entry in entries
                    if not is_ignored(entry.name)
                }
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError:
            if unreadable is None:
                raise
            unreadable.append(folder)
            continue
        beginning = f"{folder}/" if folder else ""
        records = (it for it in is_folder if it.endswith(SUFFIXES) and not is_folder[it])
        yield folder, [beginning + name for name in records]
        if unread is not None:
            files = (name for name in is_folder if not is_folder[name])
            unread.extend(beginning + name for name in files if _may_be_unread(name.lower()))
        inner = [beginning + name for name in is_folder if is_folder[name]]
        stack.extend(sorted(inner, reverse=True))


def stamp(file: Path | str) -> Stamp:
    """Return the stamp of a file, by which a change to it is noticed; GONE if it is not there."""
    try:
        return stamp_of(os.stat(file))  # noqa: PTH116  for very many files a Path is slow
    except OSError:
        return GONE


def read(articles: Path, path: str, limit: int) -> bytes:
    """Return a record's bytes.

    :param limit: in bytes.
    :raises OSError: it cannot be read.
    :raises ValueError: it is no plain file, a symbolic link out of ``articles/``, or too long.
    """
    file = articles / path
    with open_regular(file) as data:
        leads_out = _has_link(articles, path) and not file.resolve().is_relative_to(
            articles.resolve()
        )
        if leads_out:
            raise ValueError("is a link out of articles/; copy the file there")
        size = os.fstat(data.fileno()).st_size
        if size > limit:
            raise ValueError(too_long(size, limit))
        return data.read(size + 1)  # no more, even if it grows


def _has_link(articles: Path, path: str) -> bool:
    """Return whether a record or a folder that it is in is a symbolic link."""
    places = accumulate(path.split("/"), "{}/{}".format, initial=str(articles))
    return any(map(os.path.islink, islice(places, 1, None)))


def too_long(size: int, limit: int) -> str:
    """Return the sentence about a record with too many bytes."""
    return f"is {size:,} bytes long; [articles] max_bytes is {limit:,}"


def walk_order(path: str) -> tuple[list[str], str]:
    """Return a key that sorts paths in the order of ``walk``."""
    *folders, name = path.split("/")
    return folders, name


def is_in(path: str, folder: str) -> bool:
    """Return whether a path is that of a folder or below it."""
    return path == folder or path.startswith(f"{folder}/")


def problem_in(path: str, key: str, message: str, *, note: bool = False) -> Problem:
    """Return a problem of a file below ``articles/`` as a whole."""
    return Problem(in_newsroom(path), 1, 1, key, message, note)
