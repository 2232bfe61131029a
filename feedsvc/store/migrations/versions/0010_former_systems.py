"""Keep the ids that articles have in other systems; no record of an older version has any."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make the two tables."""
    op.create_table(
        "guids",
        sa.Column("guid", sa.Text, primary_key=True),
        sa.Column("id", sa.Text, nullable=False),
    )
    op.create_index("ix_guids_id", "guids", ["id"])
    op.create_table(
        "origins",
        sa.Column("system", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("id", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_origins_id", "origins", ["id"])
