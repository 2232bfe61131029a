"""The tables about systems that send their articles, beside the ones of ``schema``."""

from sqlalchemy import BigInteger, Column, Index, Table

from feedsvc.store.column_types import Integer, Text
from feedsvc.store.moment import Moment
from feedsvc.store.schema import METADATA

__all__ = ["SOURCE_ARTICLES", "SOURCE_COUNTS", "SOURCE_REFUSALS"]

SOURCE_ARTICLES = Table(
    "source_articles",
    METADATA,
    Column("source", Text, primary_key=True),
    Column("name", Text, primary_key=True),  # the id in that system
    Column("revised", BigInteger, nullable=False),  # microseconds since 1970
    Column("withdrawn", Text, nullable=False),  # unpublish, delete or kill; empty: published
    Column("note", Text, nullable=False),  # the notice that came with this version
    sqlite_with_rowid=False,
)
"""The newest version of each article that was sent, and whether that was a withdrawal."""

SOURCE_COUNTS = Table(
    "source_counts",
    METADATA,
    Column("source", Text, primary_key=True),
    Column("result", Text, primary_key=True),  # such as stored, withdrawn, refused
    Column("number", BigInteger, nullable=False),
    Column("last", Moment, nullable=False),
    sqlite_with_rowid=False,
)
"""How often each source sent an article, by the result, and when it last did."""

SOURCE_REFUSALS = Table(
    "source_refusals",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("source", Text, nullable=False),
    Column("moment", Moment, nullable=False),
    Column("article", Text, nullable=False),  # the id in that system; empty where it is unknown
    Column("reason", Text, nullable=False),
    Index("source_refusals_source", "source", "id"),
)
"""The last articles of each source that were refused, and why."""
