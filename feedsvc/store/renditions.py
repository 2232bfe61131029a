"""Smaller copies of pictures, by the digests of the pictures."""

from collections.abc import Collection, Iterable, Iterator

import msgspec
from sqlalchemy import Connection, delete, exists, select

from feedsvc.model.renditions import Renditions
from feedsvc.store.media_tables import RENDITION_FILES, RENDITIONS
from feedsvc.store.schema import ARTICLES, MEDIA, MEDIA_USES
from feedsvc.store.statements import delete_rows, insert_rows, select_rows

JOB = "renditions"
"""The kind of job that makes smaller copies of a picture, or deletes them where no article shows
it; its key is the picture's digest."""

_FACTS = msgspec.json.Decoder(Renditions)
_SHOWN = exists().where(
    MEDIA_USES.c.digest == RENDITIONS.c.source,
    MEDIA_USES.c.path == MEDIA.c.path,
    MEDIA_USES.c.current.is_(True),
    MEDIA.c.digest == RENDITIONS.c.source,
)

_FAULTS = (
    select(ARTICLES.c.path, MEDIA.c.path, RENDITIONS.c.facts)
    .join_from(RENDITIONS, MEDIA, MEDIA.c.digest == RENDITIONS.c.source)
    .join(MEDIA_USES, MEDIA_USES.c.path == MEDIA.c.path)
    .join(ARTICLES, ARTICLES.c.id == MEDIA_USES.c.article)
    .where(MEDIA_USES.c.current.is_(True), RENDITIONS.c.faulty.is_(True))
    .order_by(ARTICLES.c.path, MEDIA.c.path)
)


def get_many(connection: Connection, sources: Iterable[str]) -> dict[str, Renditions]:
    """Return the results of pictures, by their digests."""
    rows = select_rows(connection, RENDITIONS, "source", sources)
    return {row.source: _FACTS.decode(row.facts) for row in rows}


def keep(connection: Connection, source: str, result: Renditions) -> None:
    """Record a result in the place of the one before."""
    forget(connection, source)
    facts, faulty = msgspec.json.encode(result), bool(result.fault)
    row = {"source": source, "facts": facts, "faulty": faulty}
    insert_rows(connection, RENDITIONS, [row])
    digests = sorted({file.digest for file in result.files})
    insert_rows(connection, RENDITION_FILES, [{"digest": it, "source": source} for it in digests])


def forget(connection: Connection, source: str) -> None:
    """Forget the copies of a picture."""
    delete_rows(connection, RENDITIONS, "source", [source])
    connection.execute(delete(RENDITION_FILES).where(RENDITION_FILES.c.source == source))


def in_use(connection: Connection, digests: Collection[str]) -> set[str]:
    """Return the digests among some that are of a copy of any picture."""
    return {row.digest for row in select_rows(connection, RENDITION_FILES, "digest", digests)}


def unused(connection: Connection) -> set[str]:
    """Return the digests of pictures with copies that no article shows."""
    return {*connection.execute(select(RENDITIONS.c.source).where(~_SHOWN)).scalars()}


def everything(connection: Connection) -> dict[str, Renditions]:
    """Return all results, by the digests of the pictures."""
    rows = connection.execute(select(RENDITIONS))
    return {row.source: _FACTS.decode(row.facts) for row in rows}


def shown_by(connection: Connection, articles: Iterable[str]) -> set[str]:
    """Return the digests of the pictures with copies that articles show or showed."""
    rows = select_rows(connection, MEDIA_USES, "article", articles, "digest")
    return set(get_many(connection, {row.digest for row in rows}))


def faults(connection: Connection) -> Iterator[tuple[str, str, str]]:
    """Yield, in order, the record, the picture and the reason, where no copies could be made."""
    for record, path, facts in connection.execute(_FAULTS):
        yield record, path, _FACTS.decode(facts).fault


def records(connection: Connection, source: str) -> list[str]:
    """Return the record files, below ``articles/``, of the articles that show a picture."""
    wanted = (
        select(ARTICLES.c.path)
        .distinct()
        .join_from(MEDIA, MEDIA_USES, MEDIA_USES.c.path == MEDIA.c.path)
        .join(ARTICLES, ARTICLES.c.id == MEDIA_USES.c.article)
        .where(MEDIA.c.digest == source, MEDIA_USES.c.current.is_(True))
        .order_by(ARTICLES.c.path)
    )
    return list(connection.execute(wanted).scalars())
