"""The states that feeds were given out in."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "states",
        *(sa.Column(name, sa.Text, primary_key=True) for name in ("path", "form", "etag")),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("marks", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
