"""Keep the copies of pictures and sounds: smaller ones, and the ones in an object store."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0017"


def upgrade() -> None:
    """Add four empty tables, and an index of the digests of pictures."""
    op.create_table(
        "renditions",
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("facts", sa.LargeBinary, nullable=False),
        sa.Column("faulty", sa.Boolean, nullable=False),
    )
    op.create_index("ix_renditions_faulty", "renditions", ["faulty"])
    op.create_table(
        "rendition_files",
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("source", sa.Text, primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_index("rendition_files_source", "rendition_files", ["source"])
    op.create_index("media_digest", "media", ["digest"])
    op.create_table(
        "stored_media",
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("path", sa.Text, primary_key=True),
        sa.Column("store", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "awaited_media",
        sa.Column("record", sa.Text, primary_key=True),
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("path", sa.Text, primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_index("awaited_media_digest", "awaited_media", ["digest"])
