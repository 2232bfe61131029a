"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def _text(name: str, *, key: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, primary_key=key, nullable=False)


def _number(name: str, *, key: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, primary_key=key, nullable=False)


def _bytes(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary, nullable=False)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "articles",
        _text("id", key=True),
        _text("path"),
        _text("stem"),
        _text("headline"),
        _text("section"),
        sa.Column("hidden", sa.Boolean, nullable=False),
        _bytes("data"),
        sa.UniqueConstraint("path"),
    )
    op.create_index("ix_articles_stem", "articles", ["stem"])
    op.create_index("ix_articles_headline", "articles", ["headline"])
    op.create_table(
        "listings",
        _text("section", key=True),
        _number("released", key=True),
        _text("id", key=True),
        sa.Column("expires", sa.BigInteger),
        sqlite_with_rowid=False,
    )
    op.create_index("listings_expires", "listings", ["section", "expires"])
    op.create_index("listings_id", "listings", ["id"])
    op.create_table(
        "tombstones",
        _text("section", key=True),
        _number("killed", key=True),
        _text("id", key=True),
        _text("comment"),
        sqlite_with_rowid=False,
    )
    op.create_index("tombstones_id", "tombstones", ["id"])
    op.create_table(
        "pointers", _text("target", key=True), _text("id", key=True), sqlite_with_rowid=False
    )
    op.create_index("pointers_id", "pointers", ["id"])
    op.create_table("feeds", _text("section", key=True), _number("number"), _number("changed"))
    op.create_table(
        "fragments",
        _text("id", key=True),
        _text("form", key=True),
        _text("digest"),
        _bytes("data"),
    )
    op.create_table(
        "files",
        _text("path", key=True),
        _number("size"),
        _number("modified"),
        _text("digest"),
        _bytes("problems"),
        sa.Column("told", sa.Boolean, nullable=False),
    )
    op.create_index("ix_files_size", "files", ["size"])
    op.create_index("ix_files_told", "files", ["told"])
    op.create_table(
        "dependencies",
        _text("path", key=True),
        _text("place", key=True),
        _number("size"),
        _number("modified"),
        sqlite_with_rowid=False,
    )
    op.create_index("dependencies_place", "dependencies", ["place"])
    op.create_table("missing", _text("path", key=True), sa.Column("since", sa.BigInteger))
    op.create_table(
        "media",
        _text("path", key=True),
        _text("digest"),
        _text("type"),
        _number("released"),
        sa.Column("gone", sa.Boolean, nullable=False),
    )
    op.create_table("settings", _text("name", key=True), _text("value"))
