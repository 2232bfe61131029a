"""Pictures of other servers: as they were fetched, and the articles that show them."""

from collections.abc import Collection, Iterable, Mapping

from msgspec import Struct, structs
from sqlalchemy import Connection, delete, select

from feedsvc.store.schema import ARTICLES, OUTBOX, REMOTE_PICTURES, REMOTE_USES
from feedsvc.store.statements import delete_rows, insert_rows, select_rows

JOB = "picture"
"""The kind of job that fetches a picture, or forgets one that no article shows; its key is the
picture's URL."""

_FAULTS = (
    select(ARTICLES.c.path, OUTBOX.c.key, OUTBOX.c.last_error, OUTBOX.c.failed)
    .join_from(OUTBOX, REMOTE_USES, REMOTE_USES.c.url == OUTBOX.c.key)
    .join(ARTICLES, ARTICLES.c.id == REMOTE_USES.c.article)
    .where(OUTBOX.c.kind == JOB, OUTBOX.c.last_error != "")
    .order_by(ARTICLES.c.path, OUTBOX.c.key)
)


class RemotePicture(Struct, frozen=True):
    """A picture of another server as it was fetched."""

    url: str
    path: str
    """Of the copy in the state folder; empty where it was measured only."""
    facts: bytes
    """JSON: as it was measured."""


def get_many(connection: Connection, urls: Iterable[str]) -> dict[str, RemotePicture]:
    """Return the pictures that were fetched, by URL."""
    rows = select_rows(connection, REMOTE_PICTURES, "url", urls)
    return {row.url: RemotePicture(row.url, row.path, row.facts) for row in rows}


def keep(connection: Connection, picture: RemotePicture) -> None:
    """Record a picture as it was fetched."""
    insert_rows(connection, REMOTE_PICTURES, [structs.asdict(picture)])


def forget(connection: Connection, url: str) -> None:
    """Forget a picture as it was fetched."""
    delete_rows(connection, REMOTE_PICTURES, "url", [url])


def copies(connection: Connection) -> dict[str, str]:
    """Return the URLs of all pictures that were copied, with the paths of the copies."""
    rows = connection.execute(select(REMOTE_PICTURES).where(REMOTE_PICTURES.c.path != ""))
    return {row.url: row.path for row in rows}


def is_copy(connection: Connection, path: str) -> bool:
    """Return whether any picture has its copy at a path."""
    wanted = select(REMOTE_PICTURES.c.url).where(REMOTE_PICTURES.c.path == path).limit(1)
    return connection.execute(wanted).first() is not None


def use(connection: Connection, uses: Mapping[str, Collection[str]]) -> set[str]:
    """Record which pictures articles show; return the URLs that no article shows any more.

    :param uses: by the ids of articles; empty where one shows none.
    """
    before = {
        (row.url, row.article) for row in select_rows(connection, REMOTE_USES, "article", uses)
    }
    after = {(url, article_id) for article_id, urls in uses.items() for url in urls}
    for url, article_id in sorted(before - after):
        row = REMOTE_USES.c.url == url, REMOTE_USES.c.article == article_id
        connection.execute(delete(REMOTE_USES).where(*row))
    new = sorted(after - before)
    insert_rows(connection, REMOTE_USES, [{"url": url, "article": it} for url, it in new])
    gone = {url for url, _ in before - after}
    return gone - {row.url for row in select_rows(connection, REMOTE_USES, "url", gone, "url")}


def is_used(connection: Connection, url: str) -> bool:
    """Return whether an article shows a picture."""
    wanted = select(REMOTE_USES.c.article).where(REMOTE_USES.c.url == url).limit(1)
    return connection.execute(wanted).first() is not None


def files(connection: Connection, url: str) -> list[str]:
    """Return the record files, below ``articles/``, of the articles that show a picture."""
    named = select(REMOTE_USES.c.article).where(REMOTE_USES.c.url == url)
    paths = select(ARTICLES.c.path).where(ARTICLES.c.id.in_(named)).order_by(ARTICLES.c.path)
    return list(connection.execute(paths).scalars())


def faults(connection: Connection) -> list[tuple[str, str, str, bool]]:
    """Return the record files whose pictures could not be fetched, in order.

    :returns: of each the file, the URL, the reason, and whether it is not tried again.
    """
    rows = connection.execute(_FAULTS)
    return [(row.path, row.key, row.last_error, row.failed) for row in rows]
