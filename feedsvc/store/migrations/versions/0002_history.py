"""Archives, corrections, the log of acts and the versions of articles."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def _text(name: str, *, key: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, primary_key=key, nullable=False)


def _number(name: str, *, key: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, primary_key=key, nullable=False)


def _bytes(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary, nullable=False)


def upgrade() -> None:
    """Add tables, and columns to existing tables."""
    _articles()
    _newsroom()
    _feeds()
    _files()


def _articles() -> None:
    number = sa.Column("number", sa.BigInteger, nullable=False, server_default="0")
    op.add_column("articles", number)
    op.create_table(
        "archives",
        _text("section", key=True),
        _number("number", key=True),
        _number("released", key=True),
        _text("id", key=True),
        sa.Column("expires", sa.BigInteger),
        sqlite_with_rowid=False,
    )
    op.create_index("archives_id", "archives", ["id"])
    some = sa.text("expires IS NOT NULL")
    op.create_index(
        "archives_expires",
        "archives",
        ["section", "expires"],
        sqlite_where=some,
        postgresql_where=some,
    )
    op.create_table(
        "versions",
        _text("id", key=True),
        _number("number", key=True),
        _number("until"),
        _bytes("data"),
        sqlite_with_rowid=False,
    )


def _newsroom() -> None:
    op.create_table(
        "corrections",
        _text("section", key=True),
        _number("told", key=True),
        _text("id", key=True),
        _text("note"),
        sqlite_with_rowid=False,
    )
    op.create_index("corrections_id", "corrections", ["id"])
    op.create_table(
        "acts",
        sa.Column("number", sa.Integer, primary_key=True, nullable=False),
        _number("moment"),
        _text("act"),
        _text("id"),
        _text("doer"),
        _text("note"),
        _bytes("feeds"),
    )
    op.create_index("ix_acts_id", "acts", ["id"])


def _feeds() -> None:
    with op.batch_alter_table("feeds") as feeds:
        feeds.alter_column("section", new_column_name="path")
        feeds.add_column(sa.Column("kind", sa.Text, nullable=False, server_default="section"))
        feeds.add_column(sa.Column("archives", sa.BigInteger, nullable=False, server_default="0"))
    op.create_index("ix_feeds_number", "feeds", ["number"])


def _files() -> None:
    op.add_column("files", sa.Column("folder", sa.Text, nullable=False, server_default=""))
    op.create_index("files_folder", "files", ["folder", "path", "size", "modified"])
    files = sa.table("files", sa.column("path"), sa.column("folder"))
    for (path,) in op.get_bind().execute(sa.select(files.c.path)).all():
        folder = path.rpartition("/")[0]
        op.execute(sa.update(files).where(files.c.path == path).values(folder=folder))
