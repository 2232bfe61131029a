"""The tables. Moments are whole seconds since 1970 in UTC."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, LargeBinary, MetaData, Table, Text

METADATA = MetaData()

ARTICLES = Table(
    "articles",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("path", Text, nullable=False, unique=True),
    Column("stem", Text, nullable=False, index=True),  # the path without suffix
    Column("headline", Text, nullable=False, index=True),  # as related stories look it up
    Column("section", Text, nullable=False),
    Column("hidden", Boolean, nullable=False),  # in no feed, whatever its status
    Column("data", LargeBinary, nullable=False),
)
"""Every article, whatever its status; ``data`` is the Article in JSON."""

LISTINGS = Table(
    "listings",
    METADATA,
    Column("section", Text, primary_key=True),
    Column("released", BigInteger, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("expires", BigInteger),
    Index("listings_expires", "section", "expires"),
    Index("listings_id", "id"),
    sqlite_with_rowid=False,
)
"""A usable article in its section and in each one above it, the site (empty) included."""

TOMBSTONES = Table(
    "tombstones",
    METADATA,
    Column("section", Text, primary_key=True),
    Column("killed", BigInteger, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("comment", Text, nullable=False),
    Index("tombstones_id", "id"),
    sqlite_with_rowid=False,
)
"""A killed article in the sections whose feeds readers had it from."""

POINTERS = Table(
    "pointers",
    METADATA,
    Column("target", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Index("pointers_id", "id"),
    sqlite_with_rowid=False,
)
"""What an article's related stories are looked up by: ``ref:…`` or ``headline:…``."""

FEEDS = Table(
    "feeds",
    METADATA,
    Column("section", Text, primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("changed", BigInteger, nullable=False),
)
"""The change number of every section that ever was, and the moment of its last change."""

FRAGMENTS = Table(
    "fragments",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("form", Text, primary_key=True),
    Column("digest", Text, nullable=False),  # of everything the fragment was rendered from
    Column("data", LargeBinary, nullable=False),
)
"""Each article as rendered once per format."""

FILES = Table(
    "files",
    METADATA,
    Column("path", Text, primary_key=True),
    Column("size", BigInteger, nullable=False, index=True),
    Column("modified", BigInteger, nullable=False),  # nanoseconds
    Column("digest", Text, nullable=False),
    Column("problems", LargeBinary, nullable=False),  # JSON: a list of Problem
    Column("told", Boolean, nullable=False, index=True),  # whether there are any
)
"""The record files as they were last read."""

DEPENDENCIES = Table(
    "dependencies",
    METADATA,
    Column("path", Text, primary_key=True),
    Column("place", Text, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("modified", BigInteger, nullable=False),  # nanoseconds
    Index("dependencies_place", "place"),
    sqlite_with_rowid=False,
)
"""Where the pictures and sounds of a record file are or would be, as they last were."""

MISSING = Table(
    "missing",
    METADATA,
    Column("path", Text, primary_key=True),
    Column("since", BigInteger),  # null: its article is kept up all the same
)
"""Record files that are gone, but may come back."""

MEDIA = Table(
    "media",
    METADATA,
    Column("path", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("released", BigInteger, nullable=False),  # with the first of its articles
    Column("gone", Boolean, nullable=False),
)
"""The pictures and sounds that may be served, and those that were withdrawn with their article."""

SETTINGS = Table(
    "settings",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
"""What the index was made with."""
