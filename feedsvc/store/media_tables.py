"""The tables about copies of pictures and sounds, beside the ones of ``schema``."""

from sqlalchemy import Boolean, Column, Index, LargeBinary, Table, Text

from feedsvc.store.schema import MEDIA, METADATA

__all__ = ["METADATA", "RENDITIONS", "RENDITION_FILES"]

RENDITIONS = Table(
    "renditions",
    METADATA,
    Column("source", Text, primary_key=True),  # the digest of the picture as it is published
    Column("facts", LargeBinary, nullable=False),  # JSON
    Column("faulty", Boolean, nullable=False),  # no copies could be made
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
