"""Where the pages of articles are, and were."""

import json
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_BATCH = 1000


def upgrade() -> None:
    """Add the columns and the table, and fill the columns from the articles."""
    op.add_column("articles", sa.Column("slug", sa.Text, nullable=False, server_default=""))
    op.add_column("articles", sa.Column("opens", sa.BigInteger))
    op.add_column("articles", sa.Column("closes", sa.BigInteger))
    op.add_column(
        "articles", sa.Column("updated", sa.BigInteger, nullable=False, server_default="0")
    )
    op.create_table(
        "moved",
        sa.Column("section", sa.Text, primary_key=True),
        sa.Column("slug", sa.Text, primary_key=True),
        sa.Column("id", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("moved_id", "moved", ["id"])
    _fill()
    op.create_index("articles_address", "articles", ["section", "slug"])
    op.create_index("articles_opens", "articles", ["opens", "id", "closes", "hidden", "updated"])


def _fill() -> None:
    names = "id", "data", "slug", "opens", "closes", "updated"
    columns: list[sa.ColumnClause[Any]] = [sa.column(name) for name in names]
    articles = sa.table("articles", *columns)
    connection = op.get_bind()
    ids = connection.execute(sa.select(articles.c.id)).scalars().all()
    for start in range(0, len(ids), _BATCH):
        some = articles.c.id.in_(ids[start : start + _BATCH])
        rows = connection.execute(sa.select(articles.c.id, articles.c.data).where(some))
        for article_id, data in rows.all():
            values = _values(json.loads(data))
            connection.execute(
                sa.update(articles).where(articles.c.id == article_id).values(values)
            )


def _values(article: dict[str, Any]) -> dict[str, Any]:
    published = _seconds(article["published"])
    embargoed, expires = article.get("embargoed"), article.get("expires")
    open_ = article.get("status", "usable") == "usable" and not article.get("url")
    return {
        "slug": article["slug"],
        "opens": max(published, _seconds(embargoed) if embargoed else published) if open_ else None,
        "closes": _seconds(expires) if expires else None,
        "updated": _seconds(article["updated"]),
    }


def _seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).astimezone(UTC).timestamp())
