"""The articles of other systems: found again by the ids that they have there."""

from collections.abc import Collection, Iterable, Mapping
from html import escape

from sqlalchemy import Connection, bindparam, delete, func, select, tuple_

from feedsvc.model.article import Article
from feedsvc.model.paths import media_path
from feedsvc.store import articles
from feedsvc.store.schema import ORIGINS
from feedsvc.store.statements import batches, delete_rows, insert_rows

_FIND = select(ORIGINS.c.id).where(
    ORIGINS.c.system == bindparam("system"), ORIGINS.c.name == bindparam("name")
)


def find(connection: Connection, system: str, name: str) -> str | None:
    """Return the id of the article that another system knows by an id, or by that of a version."""
    return connection.execute(_FIND, {"system": system, "name": name}).scalar()


def newest(connection: Connection, system: str, count: int, below: int | None = None) -> list[str]:
    """Return the highest ids that articles have in a system which numbers them, in that order.

    :param below: a number that they are below; None for any.
    """
    name = ORIGINS.c.name
    # The longer of two numbers is higher: no name need be turned into a number.
    digits, length = func.ltrim(name, "0123456789") == "", func.length(name)
    wanted = select(name).where(ORIGINS.c.system == system, digits, name >= "1", name < ":")
    if below is not None:
        wanted = wanted.where(tuple_(length, name) < (len(str(below)), str(below)))
    ordered = wanted.order_by(length.desc(), name.desc()).limit(count)
    return list(connection.execute(ordered).scalars())


def owners(connection: Connection, names: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Return the ids of articles by system and the id there."""
    columns = tuple_(ORIGINS.c.system, ORIGINS.c.name)
    rows = (
        row
        for some in batches(names)
        for row in connection.execute(select(ORIGINS).where(columns.in_(some)))
    )
    return {(row.system, row.name): row.id for row in rows}


def pictured(connection: Connection, names: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the articles, by system and the id there, with a picture that is not in their text."""
    ids = owners(connection, names)
    known = articles.get_many(connection, ids.values())
    return [it for it, article_id in ids.items() if _has_lead(known[article_id])]


def _has_lead(article: Article) -> bool:
    if not article.images:
        return False
    first = article.images[0]
    address = escape(first.url) or media_path(first.digest, first.path)
    return f'"{address}"' not in article.body


def record(connection: Connection, old: Mapping[str, Article], new: Collection[Article]) -> None:
    """Record where articles come from; an id that another article had there is its own no longer.

    :param old: the articles as they were, by their ids.
    """
    given = {(it.origin.system, name): it.id for it in new if it.origin for name in it.origin.ids}
    changed = [it.id for it in new if it.id in old and old[it.id].origin != it.origin]
    forget(connection, {*changed, *given.values()})
    columns = tuple_(ORIGINS.c.system, ORIGINS.c.name)
    for some in batches(given):
        connection.execute(delete(ORIGINS).where(columns.in_(some)))
    rows = [{"system": system, "name": name, "id": it} for (system, name), it in given.items()]
    insert_rows(connection, ORIGINS, rows)


def forget(connection: Connection, ids: Iterable[str]) -> None:
    """Forget where articles come from that are not here any more."""
    delete_rows(connection, ORIGINS, "id", ids)
