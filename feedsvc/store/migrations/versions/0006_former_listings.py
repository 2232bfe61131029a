"""Remember the feeds that articles have left, as far as their earlier versions say so."""

import json
import zlib
from datetime import datetime
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from alembic import op

from feedsvc.store.statements import BATCH, batches

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the table, and fill it with the feeds of all earlier versions that readers had.

    Feeds that an article is still in do no harm there.
    """
    former = op.create_table(
        "former_listings",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("section", sa.Text, primary_key=True),
        sqlite_with_rowid=False,
    )
    versions = sa.table("versions", *map(sa.column, ("id", "until", "data")))
    rows = op.get_bind().execute(sa.select(versions).order_by(versions.c.id)).yield_per(BATCH)
    left = (
        {"id": article_id, "section": section}
        for article_id, some in groupby(rows, lambda row: row.id)
        for section in sorted(set[str]().union(*(_feeds(row.data, row.until) for row in some)))
    )
    for some in batches(left):
        op.bulk_insert(former, some)


def _feeds(data: bytes, until: int) -> set[str]:
    """Return the sections and topics that readers had a version of an article in."""
    article: dict[str, Any] = json.loads(zlib.decompress(data))
    begun = [article[key] for key in ("published", "embargoed") if key in article]
    released = max(map(datetime.fromisoformat, begun)).timestamp()
    if article.get("status", "usable") != "usable" or released > until:
        return set()
    parts = [part for part in article["section"].split("/") if part]
    sections = {"/".join(parts[:depth]) for depth in range(len(parts) + 1)}
    return sections | {*article.get("topics", ())}
