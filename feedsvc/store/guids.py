"""The ids that readers know from former systems, also of articles that are gone."""

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import Connection

from feedsvc.model.article import Article
from feedsvc.store.schema import GUIDS
from feedsvc.store.statements import delete_rows, insert_rows, select_rows


def owners(connection: Connection, guids: Collection[str]) -> dict[str, str]:
    """Return the ids of articles by their guids."""
    return {row.guid: row.id for row in select_rows(connection, GUIDS, "guid", guids)}


def record(connection: Connection, old: Mapping[str, Article], new: Collection[Article]) -> None:
    """Record the guids of articles; one that another article had is its own no longer.

    :param old: the articles as they were, by their ids.
    """
    given = {it.guid: it.id for it in new if it.guid}
    changed = [it.id for it in new if it.id in old and old[it.id].guid != it.guid]
    forget(connection, {*changed, *given.values()})
    delete_rows(connection, GUIDS, "guid", given)
    insert_rows(connection, GUIDS, [{"guid": guid, "id": it} for guid, it in given.items()])


def forget(connection: Connection, ids: Iterable[str]) -> None:
    """Forget the guids of articles that readers never had."""
    delete_rows(connection, GUIDS, "id", ids)
