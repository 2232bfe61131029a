"""The states that feeds were given out in, and finished feeds."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "states",
        *(sa.Column(name, sa.Text, primary_key=True) for name in ("path", "form", "etag")),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("marks", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "documents",
        *(sa.Column(name, sa.Text, primary_key=True) for name in ("path", "form")),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger),
        sa.Column("made_with", sa.Text, nullable=False),
        sa.Column("facts", sa.LargeBinary, nullable=False),
        *(sa.Column(name, sa.LargeBinary, nullable=False) for name in ("zstd", "br", "gzip")),
    )
