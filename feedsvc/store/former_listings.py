"""The feeds that articles have left, for a kill that has to reach the readers of these, too."""

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import Connection

from feedsvc.model.article import Article
from feedsvc.model.paths import listed_in
from feedsvc.store.schema import FORMER_LISTINGS
from feedsvc.store.statements import delete_rows, insert_rows, select_rows


def get_many(connection: Connection, ids: Collection[str]) -> dict[str, set[str]]:
    """Return by the ids of articles the sections and topics that they have left."""
    left: dict[str, set[str]] = {}
    for row in select_rows(connection, FORMER_LISTINGS, "id", ids):
        left.setdefault(row.id, set()).add(row.section)
    return left


def record(
    connection: Connection, old: Iterable[Article], new: Collection[Article], now: datetime
) -> None:
    """Record the sections and topics that articles leave, as far as readers had them there.

    A killed article knows by itself which it had left.

    :param old: the articles as they were.
    :param new: the articles as they are; one that is not among them is in no feed any more.
    """
    killed = {article.id for article in new if article.killed}
    delete_rows(connection, FORMER_LISTINGS, "id", killed)
    staying = {it.id: listed_in(it) for it in new if it.reached_readers(now)}
    left = {
        (article.id, section)
        for article in old
        if article.id not in killed and article.reached_readers(now)
        for section in {*listed_in(article)}.difference(staying.get(article.id, ()))
    }
    known = get_many(connection, {article_id for article_id, _ in left})
    rows = [
        {"id": article_id, "section": section}
        for article_id, section in sorted(left)
        if section not in known.get(article_id, ())
    ]
    insert_rows(connection, FORMER_LISTINGS, rows)
