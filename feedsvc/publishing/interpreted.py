"""Content that was interpreted before it was a program's turn to write."""

from typing import NamedTuple

from feedsvc.ingest.article_file import ReadFile


class Interpreted(NamedTuple):
    """Content with the article that it makes, and all problems."""

    path: str
    """Of its record, below ``articles/``."""
    data: bytes
    read: ReadFile


class LongContentError(Exception):
    """Content is so long that it must be interpreted before it is its program's turn."""

    def __init__(self, path: str, data: bytes) -> None:
        super().__init__(path)
        self.path = path
        self.data = data
