"""Keep jobs that leave this machine, and the pictures of other servers."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add three empty tables; reading the files again fills them."""
    op.create_table(
        "remote_pictures",
        sa.Column("url", sa.Text, primary_key=True),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("facts", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_remote_pictures_path", "remote_pictures", ["path"])
    op.create_table(
        "remote_uses",
        sa.Column("url", sa.Text, primary_key=True),
        sa.Column("article", sa.Text, primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_index("remote_uses_article", "remote_uses", ["article"])
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("next_try", sa.BigInteger, nullable=False),
        sa.Column("lease_by", sa.Text, nullable=False),
        sa.Column("lease_until", sa.BigInteger),
        sa.Column("failed", sa.Boolean, nullable=False),
        sa.Column("last_error", sa.Text, nullable=False),
    )
    op.create_index("outbox_job", "outbox", ["kind", "key"], unique=True)
    op.create_index("outbox_due", "outbox", ["failed", "next_try"])
