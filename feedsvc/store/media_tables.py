"""The tables about copies of pictures and sounds, beside the ones of ``schema``."""

from sqlalchemy import Boolean, Column, Index, LargeBinary, Table

from feedsvc.store.column_types import Text
from feedsvc.store.schema import MEDIA, METADATA

__all__ = ["AWAITED_MEDIA", "RENDITIONS", "RENDITION_FILES", "STORED_MEDIA"]

RENDITIONS = Table(
    "renditions",
    METADATA,
    Column("source", Text, primary_key=True),  # the digest of the picture as it is published
    Column("facts", LargeBinary, nullable=False),  # JSON
    Column("faulty", Boolean, nullable=False, index=True),  # no copies could be made
)
"""Pictures that were read to make smaller ones of them, with the result."""

RENDITION_FILES = Table(
    "rendition_files",
    METADATA,
    Column("digest", Text, primary_key=True),
    Column("source", Text, primary_key=True),
    Index("rendition_files_source", "source"),
    sqlite_with_rowid=False,
)
"""The files of smaller pictures; two pictures may share one."""

Index("media_digest", MEDIA.c.digest)

STORED_MEDIA = Table(
    "stored_media",
    METADATA,
    Column("digest", Text, primary_key=True),
    Column("path", Text, primary_key=True),
    Column("store", Text, nullable=False),  # its address
    sqlite_with_rowid=False,
)
"""Pictures and sounds that are in an object store."""

AWAITED_MEDIA = Table(
    "awaited_media",
    METADATA,
    Column("record", Text, primary_key=True),  # below articles/
    Column("digest", Text, primary_key=True),
    Column("path", Text, primary_key=True),
    Index("awaited_media_digest", "digest"),
    sqlite_with_rowid=False,
)
"""The records that are published as soon as their pictures and sounds are in the object store."""
