"""Content that was interpreted before it was a program's turn to write."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from feedsvc.ingest.article_file import ReadFile
from feedsvc.ingest.record.content import Content, content_from, json_bytes
from feedsvc.publishing.article_ids import StoredNames
from feedsvc.publishing.history import stem


class Interpreted(NamedTuple):
    """Content with the article that it makes, and all problems."""

    path: str
    """Of its record, below ``articles/``."""
    data: bytes
    read: ReadFile
    names: StoredNames | None = None
    """The names in the store, where they were looked up already; in its program's turn."""


class LongContentError(Exception):
    """Content is so long that it must be interpreted before it is its program's turn."""

    def __init__(self, path: str, data: bytes) -> None:
        super().__init__(path)
        self.path = path
        self.data = data


def interpreted_as(article_id: str, path: str, content: Content) -> tuple[str, bytes]:
    """Return path and bytes by which the content of an article is interpreted.

    :param path: of its record, below ``articles/``.
    """
    return f"{stem(path)}.json", json_bytes({"id": article_id, **content})


def content_from_values(values: Mapping[str, Any]) -> Content:
    """Return the content of a record that JSON values make; a usable article needs no status."""
    content = content_from(values)
    if content.get("status") == "usable":
        del content["status"]  # as it is without one
    return content
