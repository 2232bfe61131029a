"""The names of articles in other systems: guids, and ids where the articles come from."""

from collections.abc import Collection, Iterator
from typing import NamedTuple

from sqlalchemy import Connection, null, select, union_all

from feedsvc.store.schema import GUIDS, ORIGINS
from feedsvc.store.statements import THESE, batches


class OtherName(NamedTuple):
    """A name that another system has, or had, for an article."""

    id: str
    """Of the article."""
    system: str | None
    """None where the name is a guid."""
    name: str


_NAMES = union_all(
    select(GUIDS.c.id, null().label("system"), GUIDS.c.guid.label("name")).where(
        GUIDS.c.id.in_(THESE)
    ),
    select(ORIGINS.c.id, ORIGINS.c.system, ORIGINS.c.name).where(ORIGINS.c.id.in_(THESE)),
)
"""One question for both: it is asked whenever a file is read."""


def get_many(connection: Connection, ids: Collection[str]) -> Iterator[OtherName]:
    """Yield the names of articles by their ids, and the guids of articles that are gone."""
    for some in batches(ids):
        for row in connection.execute(_NAMES, {"these": some}):
            yield OtherName(row.id, row.system, row.name)
