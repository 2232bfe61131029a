"""Keep which parts of pictures are published, and which articles show them, under which words."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_SHOWN = """
INSERT INTO media_uses (path, digest, article, words, reworded, current, gone, released)
SELECT DISTINCT media.path, media.digest, articles.id, '', false, true, false, media.released
FROM media
JOIN dependencies ON dependencies.place = media.path
JOIN articles ON articles.path = dependencies.path
WHERE NOT media.gone AND (
  articles.id IN (SELECT id FROM listings) OR articles.id IN (SELECT id FROM archives)
)
"""
"""The articles that may show a picture; reading their files again decides which of them do."""

_GONE = """
INSERT INTO media_uses (path, digest, article, words, reworded, current, gone, released)
SELECT path, digest, '', '', false, false, true, released FROM media WHERE gone
"""
"""Pictures whose articles were killed; it does not matter which articles."""


def upgrade() -> None:
    """Add the table of uses, fill it, and replace two columns by it."""
    op.create_table(
        "media_uses",
        sa.Column("path", sa.Text, primary_key=True),
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("article", sa.Text, primary_key=True),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("reworded", sa.Boolean, nullable=False),
        sa.Column("current", sa.Boolean, nullable=False),
        sa.Column("gone", sa.Boolean, nullable=False),
        sa.Column("released", sa.BigInteger, nullable=False),
        sa.Column("expires", sa.BigInteger),
        sqlite_with_rowid=False,
    )
    op.create_index("media_uses_article", "media_uses", ["article"])
    op.execute(_SHOWN)
    op.execute(_GONE)
    with op.batch_alter_table("media") as media:
        media.add_column(sa.Column("original", sa.Text, nullable=False, server_default=""))
        media.add_column(sa.Column("parts", sa.LargeBinary))
        media.add_column(sa.Column("size", sa.BigInteger, nullable=False, server_default="-1"))
        media.add_column(sa.Column("modified", sa.BigInteger, nullable=False, server_default="-1"))
        media.drop_column("released")
        media.drop_column("gone")
