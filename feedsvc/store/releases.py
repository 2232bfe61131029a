"""Releases and expiries: the moments at which time alone changes feeds."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Select, bindparam, column, select, text, union_all

from feedsvc.store.moment import Moment
from feedsvc.store.schema import ARCHIVES, LISTINGS, PAGES_ONLY

_NOW = bindparam("now", type_=Moment)
_RELEASED, _EXPIRES = LISTINGS.c.released, LISTINGS.c.expires
# As text: to compile it from its parts would take a tenth of the first read of a feed.
_MOMENTS = (
    text("""
        SELECT max(released) FROM listings WHERE section = :section AND released <= :now
        UNION ALL SELECT min(released) FROM listings WHERE section = :section AND released > :now
        UNION ALL SELECT max(expires) FROM listings WHERE section = :section AND expires <= :now
        UNION ALL SELECT min(expires) FROM listings WHERE section = :section AND expires > :now
    """)
    .bindparams(_NOW)
    .columns(column("moment", Moment))
)
"""The last release and expiry of a section, and the next ones."""


_ALL = "", PAGES_ONLY
"""The sections that together have each article once: the site's, and pages that are in no feed."""


def _passed(moment: Column[Any]) -> Select[Any, Any]:
    """Return the query for the articles with a moment between two others, each once."""
    row = moment.table.c
    return select(moment, row.id).where(
        row.section.in_(_ALL), moment > bindparam("since"), moment <= _NOW
    )


# The articles of an archive were released long ago.
_TURNED = union_all(_passed(_RELEASED), _passed(_EXPIRES), _passed(ARCHIVES.c.expires))


def turned(connection: Connection, since: datetime, now: datetime) -> dict[datetime, set[str]]:
    """Return by their moments the articles that were released or expired since another moment."""
    turned: dict[datetime, set[str]] = {}
    for moment, article_id in connection.execute(_TURNED, {"since": since, "now": now}):
        turned.setdefault(moment, set()).add(article_id)
    return turned


def embargoes(connection: Connection, now: datetime, until: datetime) -> list[tuple[datetime, str]]:
    """Return when articles will be released until a moment, and their ids, in order."""
    wanted = (
        select(_RELEASED, LISTINGS.c.id)
        .where(LISTINGS.c.section.in_(_ALL), LISTINGS.c.released > now)
        .where(LISTINGS.c.released <= until)
        .order_by(_RELEASED, LISTINGS.c.id)
    )
    return [(row.released, row.id) for row in connection.execute(wanted)]


def moments(connection: Connection, section: str, now: datetime) -> list[datetime]:
    """Return when a release or an expiry last changed a section's feed, and when one next will."""
    moments = connection.execute(_MOMENTS, {"section": section, "now": now}).scalars()
    return [moment for moment in moments if moment is not None]
