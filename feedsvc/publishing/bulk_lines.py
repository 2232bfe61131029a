"""The articles of a bulk write: each is read once, and some hundred are looked up together."""

from collections.abc import Sequence
from typing import NamedTuple

from feedsvc.errors import FeedsvcError
from feedsvc.ingest.files import SUFFIXES
from feedsvc.ingest.record.content import Content
from feedsvc.model.article import Article
from feedsvc.model.text import composed
from feedsvc.publishing.article_ids import StoredNames, stored_names
from feedsvc.publishing.interpreted import Interpreted, content_from_values, interpreted_as
from feedsvc.publishing.writes import BulkItem, RecordFile
from feedsvc.store import articles
from feedsvc.store.database import Database


class BulkLine(NamedTuple):
    """One of many articles."""

    item: BulkItem | FeedsvcError
    """The article as the program sent it, or why it cannot be read."""
    content: Content | None = None
    """None for the file of a record, and where there is an error."""
    error: FeedsvcError | None = None

    @classmethod
    def of(cls, item: BulkItem | FeedsvcError) -> "BulkLine":
        """Return an article with its content, or with the error that it has."""
        if isinstance(item, FeedsvcError):
            return cls(item, error=item)
        if isinstance(item, RecordFile):
            return cls(item)
        try:
            return cls(item, content_from_values(item[1]))
        except FeedsvcError as error:
            return cls(item, error=error)

    @property
    def id(self) -> str:
        """Return the id of an article that has content."""
        return "" if isinstance(self.item, FeedsvcError | RecordFile) else composed(self.item[0])

    def likely_interpreted_as(self) -> tuple[str, bytes] | None:
        """Return path and bytes by which it is likely to be interpreted; None if it is wrong.

        Most records have the id of their article as their path.
        """
        if isinstance(self.item, RecordFile):
            return self.item.path, self.item.data
        if self.content is None:
            return None
        given = {key: value for key, value in self.content.items() if key != "id"}
        return interpreted_as(self.id, self.id, given)


InterpretedLine = tuple[BulkLine, Interpreted | None]


class StoredLines(NamedTuple):
    """The state of the store as far as some lines with content are concerned."""

    articles: dict[str, Article]
    """By their ids."""
    names: StoredNames
    """Of all these articles, and of others that have a name which a line claims."""


def stored_lines(database: Database, lines: Sequence[InterpretedLine]) -> StoredLines:
    """Return the state of the store for lines; to ask about each costs more than to write it."""
    ids = [line.id for line, _ in lines if line.content]
    read = [known.read for line, known in lines if line.content and known]
    with database.reading() as connection:
        there = articles.get_many(connection, ids)
        paths = {it.path for it in there.values()}
        paths.update(f"{it}{suffix}" for it in ids for suffix in SUFFIXES)
        return StoredLines(there, stored_names(connection, read, paths))
