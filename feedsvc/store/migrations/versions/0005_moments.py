"""Leave out the date of feeds that never changed, and give columns plainer names."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_FIRST_DAY = 86_400
"""Seconds of the first day of 1970, into which feeds were dated that had never changed."""

_RENAMED = (
    ("fragments", "form", "format"),
    ("states", "form", "format"),
    ("documents", "form", "format"),
    ("corrections", "told", "moment"),
    ("files", "told", "has_problems"),
)
"""Tables, with the old and the new name of a column."""


def upgrade() -> None:
    """Make the date of feeds nullable, remove dates that stand for none, and rename columns."""
    with op.batch_alter_table("feeds") as feeds:
        feeds.alter_column("changed", existing_type=sa.BigInteger, nullable=True)
    changed = sa.column("changed", sa.BigInteger)
    feeds = sa.table("feeds", changed)
    op.execute(sa.update(feeds).where(changed <= _FIRST_DAY).values(changed=None))
    op.drop_index("ix_files_told", "files")
    for table, old, new in _RENAMED:
        op.execute(f"ALTER TABLE {table} RENAME COLUMN {old} TO {new}")
    op.create_index("ix_files_has_problems", "files", ["has_problems"])
