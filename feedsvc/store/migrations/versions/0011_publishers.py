"""Keep the tokens of publishers and the answers to repeated requests; list articles by change."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add two tables and two indexes."""
    op.create_table(
        "tokens",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("digest", sa.Text, nullable=False, unique=True),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("scopes", sa.LargeBinary, nullable=False),
        sa.Column("sections", sa.LargeBinary, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("expires", sa.BigInteger),
        sa.Column("used", sa.BigInteger),
        sa.Column("revoked", sa.BigInteger),
    )
    op.create_table(
        "replays",
        sa.Column("token", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("moment", sa.BigInteger, nullable=False),
        sa.Column("article", sa.Text, nullable=False),
        sa.Column("answer", sa.LargeBinary),
    )
    op.create_index("ix_replays_moment", "replays", ["moment"])
    op.create_index("ix_acts_moment", "acts", ["moment"])
    op.create_index("articles_number", "articles", ["number", "id"])
