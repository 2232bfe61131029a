"""Count how often each state of a feed was fetched, and how deliveries ended."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Add two empty tables."""
    op.create_table(
        "feed_fetches",
        sa.Column("path", sa.Text, primary_key=True),
        sa.Column("number", sa.BigInteger, primary_key=True),
        sa.Column("moment", sa.BigInteger, nullable=False),
        sa.Column("fetches", sa.Integer, nullable=False),
    )
    op.create_table(
        "delivery_counts",
        sa.Column("result", sa.Text, primary_key=True),
        sa.Column("deliveries", sa.BigInteger, nullable=False),
    )
