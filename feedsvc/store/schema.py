"""The tables of the store."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    LargeBinary,
    MetaData,
    Table,
    text,
)
from sqlalchemy.types import TypeEngine

from feedsvc.store.column_types import Integer, Text
from feedsvc.store.moment import Moment

METADATA = MetaData()


def _table(name: str, *parts: Column[Any] | Index, large: bool = False) -> Table:
    """Return a table, in the order of its key if that has several columns, and no row is large."""
    keys = [part for part in parts if isinstance(part, Column) and part.primary_key]
    return Table(name, METADATA, *parts, sqlite_with_rowid=large or len(keys) == 1)


def _key(**types: TypeEngine[Any] | type[TypeEngine[Any]]) -> Iterator[Column[Any]]:
    """Yield the columns that a table's rows are found by."""
    for name, kind in types.items():
        yield Column(name, kind, primary_key=True)


ARTICLES = _table(
    "articles",
    Column("id", Text, primary_key=True),
    Column("path", Text, nullable=False, unique=True),
    Column("stem", Text, nullable=False, index=True),  # the path without suffix
    Column("headline", Text, nullable=False, index=True),  # as related stories look it up
    Column("section", Text, nullable=False),
    Column("slug", Text, nullable=False),
    Column("opens", Moment),  # when readers get its page; null: it has none here
    Column("closes", Moment),  # when it expires
    Column("updated", Moment, nullable=False),
    Column("hidden", Boolean, nullable=False),  # in no feed, also if its status is usable
    Column("number", BigInteger, nullable=False),  # of the last change to its entry
    Column("data", LargeBinary, nullable=False),
    Index("articles_address", "section", "slug"),
    Index("articles_number", "number", "id"),
    Index("articles_opens", "opens", "id", "closes", "hidden", "updated"),  # all of a sitemap
)
"""All articles of any status; ``data`` is the Article in JSON."""

MOVED = _table(
    "moved",
    *_key(section=Text, slug=Text),
    Column("id", Text, nullable=False),
    Index("moved_id", "id"),
)
"""Former addresses of articles that moved, or are gone for good."""

GUIDS = _table("guids", *_key(guid=Text), Column("id", Text, nullable=False, index=True))
"""The ids that readers know from former systems; that of an article that is gone stays."""

ORIGINS = _table(
    "origins", *_key(system=Text, name=Text), Column("id", Text, nullable=False, index=True)
)
"""The ids of articles in the systems that they come from, the ones of later versions included."""

PAGES_ONLY = "/"
"""Stands for a section where articles are listed that are in no feed; no section begins so."""

LISTINGS = _table(
    "listings",
    *_key(section=Text, released=Moment, id=Text),
    Column("expires", Moment),
    Index("listings_expires", "section", "expires"),
    Index("listings_id", "id"),
)
"""A usable article in its section and in each one above it, the site (empty) included, until an
archive of that section takes it in; and the notice of a kill."""

FORMER_LISTINGS = _table("former_listings", *_key(id=Text, section=Text))
"""The sections and topics that readers may have an article from, though it has left their feeds."""

EXPIRING = text("expires IS NOT NULL")
"""The condition of the index on articles in archives that expire."""

ARCHIVES = _table(
    "archives",
    # The number ascends from 1 in each section.
    *_key(section=Text, number=BigInteger, released=Moment, id=Text),
    Column("expires", Moment),
    Index("archives_id", "id"),
    Index("archives_expires", "section", "expires", sqlite_where=EXPIRING),
)
"""The articles of each archive document (RFC 5005 §4); once in one, they stay in it for ever."""

TOMBSTONES = _table(
    "tombstones",
    *_key(section=Text, killed=Moment, id=Text),
    Column("comment", Text, nullable=False),
    Index("tombstones_id", "id"),
)
"""Killed and deleted articles (RFC 6721), in the sections whose feeds had them."""

POINTERS = _table("pointers", *_key(target=Text, id=Text), Index("pointers_id", "id"))
"""The related stories of each article, by ``ref:…`` or ``headline:…``."""

FEEDS = _table(
    "feeds",
    Column("path", Text, primary_key=True),  # its address without the format: world/archive/3
    Column("kind", Text, nullable=False),  # of feed: section, archive or corrections
    Column("number", BigInteger, nullable=False, index=True),
    Column("changed", Moment),  # null: never, so it is dated by its articles
    Column("archives", BigInteger, nullable=False),  # of a section: how many there are
)
"""All feeds there ever were, with the revision and the moment of their last change."""

CORRECTIONS = _table(
    "corrections",
    *_key(section=Text, moment=Moment, id=Text),
    Column("note", Text, nullable=False),
    Index("corrections_id", "id"),
)
"""Corrections and kills, in the section of the article and all sections above."""

ACTION_LOG = _table(
    "acts",
    Column("number", Integer, primary_key=True),
    Column("moment", Moment, nullable=False, index=True),
    Column("act", Text, nullable=False),
    Column("id", Text, nullable=False, index=True),
    Column("doer", Text, nullable=False),  # a person; empty if it was a file or time
    Column("note", Text, nullable=False),
    Column("feeds", LargeBinary, nullable=False),  # JSON: the feeds that it changed, with reasons
)
"""The log: each action on an article, and the feeds that it changed."""

VERSIONS = _table(
    "versions",
    *_key(id=Text, number=BigInteger),  # the number ascends from 1 in each article
    Column("until", Moment, nullable=False),
    Column("data", LargeBinary, nullable=False),  # deflated JSON of the Article
)
"""Earlier versions of articles; the newest one is in ``articles``."""

FRAGMENTS = _table(
    "fragments",
    *_key(id=Text, format=Text),
    Column("digest", Text, nullable=False),  # of its ingredients, a space, and of the entry
    Column("data", LargeBinary, nullable=False),
    large=True,
)
"""Rendered entries: each article once per format."""

STATES = _table(
    "states",
    *_key(path=Text, format=Text, etag=Text),
    Column("number", BigInteger, nullable=False),  # of the last change to the feed in that state
    Column("marks", LargeBinary, nullable=False),  # digests of the entries, one after another
)
"""States that feeds had lately, for readers that ask for the difference (RFC 3229)."""

DOCUMENTS = _table(
    "documents",
    *_key(path=Text, format=Text),
    Column("number", BigInteger, nullable=False),  # of the last change to the feed
    Column("since", Moment, nullable=False),
    Column("until", Moment),  # when time alone changes it; null: never
    Column("made_with", Text, nullable=False),  # a digest of the configuration and the code
    Column("facts", LargeBinary, nullable=False),  # MessagePack: the Document without its bytes
    Column("zstd", LargeBinary, nullable=False),  # the bytes, in each content coding
    Column("br", LargeBinary, nullable=False),
    Column("gzip", LargeBinary, nullable=False),
    large=True,
)
"""Finished feeds that have not changed for a while, for processes that have just started."""

FILES = _table(
    "files",
    Column("path", Text, primary_key=True),
    Column("folder", Text, nullable=False),  # the path without its last part
    Column("size", BigInteger, nullable=False, index=True),
    Column("modified", BigInteger, nullable=False),  # nanoseconds
    Column("digest", Text, nullable=False),
    Column("problems", LargeBinary, nullable=False),  # JSON: a list of Problem
    Column("has_problems", Boolean, nullable=False, index=True),
    Index("files_folder", "folder", "path", "size", "modified"),  # all that a scan asks for
)
"""Record files as they were last read."""

DEPENDENCIES = _table(
    "dependencies",
    *_key(path=Text, place=Text),
    Column("size", BigInteger, nullable=False),
    Column("modified", BigInteger, nullable=False),  # nanoseconds
    Index("dependencies_place", "place"),
)
"""Where the pictures and sounds of a record file are or would be, with size and time."""

MISSING = _table(
    "missing",
    Column("path", Text, primary_key=True),
    Column("since", Moment),  # null: its article stays published
    Column("accepted", Boolean, nullable=False),  # by a person, as gone for good
)
"""Record files that are gone, but may come back."""

MEDIA = _table(
    "media",
    Column("path", Text, primary_key=True),
    Column("digest", Text, nullable=False),  # of the published bytes
    Column("type", Text, nullable=False),
    Column("original", Text, nullable=False),  # the digest of the whole file
    Column("parts", LargeBinary),  # MessagePack: the published parts; null: the whole file
    Column("size", BigInteger, nullable=False),  # of the file when it was measured
    Column("modified", BigInteger, nullable=False),  # nanoseconds
)
"""Pictures and sounds that published articles show or showed, as they were last measured."""

MEDIA_USES = _table(
    "media_uses",
    *_key(path=Text, digest=Text, article=Text),
    Column("words", Text, nullable=False),  # a digest of caption, credit, and the like
    Column("reworded", Boolean, nullable=False),  # readers have had it under other words, too
    Column("current", Boolean, nullable=False),  # the article is usable, and shows it today
    Column("gone", Boolean, nullable=False),  # withdrawn together with its article
    Column("released", Moment, nullable=False),
    Column("expires", Moment),
    Index("media_uses_article", "article"),
)
"""The articles that show or showed each state of a picture or sound."""

REMOTE_PICTURES = _table(
    "remote_pictures",
    Column("url", Text, primary_key=True),  # as the record has it
    Column("path", Text, nullable=False, index=True),  # of the copy; empty: it was measured only
    Column("facts", LargeBinary, nullable=False),  # JSON: as it was measured
)
"""Pictures of other servers that were fetched, to be measured or copied."""

REMOTE_USES = _table(
    "remote_uses", *_key(url=Text, article=Text), Index("remote_uses_article", "article")
)
"""The articles that show each picture of another server."""

OUTBOX = _table(
    "outbox",
    Column("id", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False),  # a second job of the same kind and key is the same job
    Column("payload", LargeBinary, nullable=False),  # JSON
    Column("attempts", Integer, nullable=False),
    Column("created", Moment, nullable=False),
    Column("next_try", Moment, nullable=False),
    Column("lease_by", Text, nullable=False),  # a random name of one attempt; empty: nothing works
    Column("lease_until", Moment),  # when others may take it over
    Column("failed", Boolean, nullable=False),  # for good: a dead letter, until a person decides
    Column("last_error", Text, nullable=False),
    Index("outbox_job", "kind", "key", unique=True),
    Index("outbox_due", "failed", "next_try"),
)
"""Jobs that leave this machine, written in the transaction that causes them."""

SETTINGS = _table(
    "settings", Column("name", Text, primary_key=True), Column("value", Text, nullable=False)
)
"""Single values by name, such as the digest of the code that read the articles."""

TOKENS = _table(
    "tokens",
    Column("name", Text, primary_key=True),
    Column("digest", Text, nullable=False, unique=True),  # SHA-256 of the token, which is not kept
    Column("owner", Text, nullable=False),
    Column("scopes", LargeBinary, nullable=False),  # JSON: a list
    Column("sections", LargeBinary, nullable=False),  # JSON: a list; empty: all
    Column("created", Moment, nullable=False),
    Column("expires", Moment),
    Column("used", Moment),  # about when it was last used
    Column("revoked", Moment),
)
"""The tokens of publishers."""

REPLAYS = _table(
    "replays",
    *_key(token=Text, key=Text),
    Column("digest", Text, nullable=False),  # of the request
    Column("moment", Moment, nullable=False, index=True),
    Column("article", Text, nullable=False),  # the id that was minted; empty: none yet
    Column("answer", LargeBinary),  # JSON; null: still in work
    large=True,
)
"""Answers to requests with an Idempotency-Key, to be sent again to repeated ones."""
