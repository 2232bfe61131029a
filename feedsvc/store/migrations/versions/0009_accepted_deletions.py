"""Remember which missing files a person confirmed to be gone."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0007"


def upgrade() -> None:
    """Make the table of missing files anew; no person confirmed any."""
    op.execute("ALTER TABLE missing RENAME TO missing_before")
    op.create_table(
        "missing",
        sa.Column("path", sa.Text, primary_key=True),
        sa.Column("since", sa.BigInteger),
        sa.Column("accepted", sa.Boolean, nullable=False),
    )
    op.execute("INSERT INTO missing SELECT path, since, 0 FROM missing_before")
    op.drop_table("missing_before")
