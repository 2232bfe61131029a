"""Keep subscriptions to feeds, and the changes that their subscribers are to get."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Add three empty tables."""
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.Integer, primary_key=True),
        *(
            sa.Column(name, sa.Text, nullable=False)
            for name in ("callback", "host", "path", "format", "topic")
        ),
        sa.Column("secret", sa.LargeBinary, nullable=False),
        *(sa.Column(it, sa.BigInteger, nullable=False) for it in ("created", "expires", "number")),
        sa.Column("etag", sa.Text, nullable=False),
        sa.Column("due", sa.BigInteger),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("failing", sa.BigInteger),
        sa.Column("asleep", sa.Boolean, nullable=False),
        sa.Column("refused", sa.Boolean, nullable=False),
        sa.Column("last_error", sa.Text, nullable=False),
        sa.Column("lease_by", sa.Text, nullable=False),
        sa.Column("lease_until", sa.BigInteger),
    )
    unique = ["callback", "path", "format"]
    op.create_index("subscriptions_callback", "subscriptions", unique, unique=True)
    op.create_index("subscriptions_feed", "subscriptions", ["path", "format"])
    op.create_index("subscriptions_due", "subscriptions", ["due", "id"])
    op.create_index("subscriptions_host", "subscriptions", ["host", "due"])
    op.create_table(
        "announcements",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("moment", sa.BigInteger, nullable=False),
        sa.Column("urgent", sa.Boolean, nullable=False),
        sa.Column("open", sa.Boolean, nullable=False),
    )
    op.create_index("ix_announcements_open", "announcements", ["open"])
    op.create_index("announcements_feed", "announcements", ["path", "moment"])
    op.create_table(
        "feed_snapshots",
        sa.Column("path", sa.Text, primary_key=True),
        sa.Column("format", sa.Text, primary_key=True),
        sa.Column("number", sa.BigInteger, primary_key=True),
        sa.Column("etag", sa.Text, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("moment", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
