"""Read articles and tombstones: by ids, by record files, by related stories."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from itertools import chain, zip_longest
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, bindparam, func, or_, select, union_all

from feedsvc.model.article import Article, Related, bounded_key, headline_key
from feedsvc.store.schema import ARCHIVES, ARTICLES, GUIDS, TOMBSTONES
from feedsvc.store.statements import THESE, batches, fetch, select_rows

_IN_SECTION = TOMBSTONES.c.section == bindparam("section")
_IN_ARCHIVE = TOMBSTONES.c.id.in_(
    select(ARCHIVES.c.id).where(
        ARCHIVES.c.section == bindparam("section"), ARCHIVES.c.number == bindparam("archive")
    )
)
_TOMBSTONES = (
    select(TOMBSTONES.c.id, TOMBSTONES.c.killed, TOMBSTONES.c.comment, GUIDS.c.guid)
    .join(GUIDS, GUIDS.c.id == TOMBSTONES.c.id, isouter=True)
    .where(_IN_SECTION, TOMBSTONES.c.killed > bindparam("since"))
    .order_by(TOMBSTONES.c.killed.desc(), TOMBSTONES.c.id)
)
_TOMBSTONES_OF_ARCHIVE = _TOMBSTONES.where(_IN_ARCHIVE)
_EXPIRED = select(func.max(TOMBSTONES.c.killed)).where(
    _IN_SECTION, TOMBSTONES.c.killed <= bindparam("since")
)
_EXPIRED_OF_ARCHIVE = _EXPIRED.where(_IN_ARCHIVE)

_SHOWN = select(ARTICLES.c.data).where(ARTICLES.c.hidden.is_(False))
_OF_REFS = _SHOWN.where(
    ARTICLES.c.id.in_(  # with "or" in its place PostgreSQL would read all articles
        union_all(
            select(ARTICLES.c.id).where(ARTICLES.c.id.in_(THESE)),
            select(GUIDS.c.id).where(GUIDS.c.guid.in_(THESE)),
            select(ARTICLES.c.id).where(ARTICLES.c.stem.in_(THESE)),
        )
    )
)
_OF_HEADLINES = _SHOWN.where(ARTICLES.c.headline.in_(THESE))

_OTHER_ID = select(ARTICLES.c.data).where(ARTICLES.c.id != ARTICLES.c.stem)
_OTHER_ID_OF = _OTHER_ID.where(ARTICLES.c.path.in_(THESE))
_PATHS = select(ARTICLES.c.id, ARTICLES.c.path).where(
    or_(
        ARTICLES.c.id.in_(bindparam("ids", expanding=True)),
        ARTICLES.c.path.in_(bindparam("files", expanding=True)),
    )
)

_DECODER = msgspec.json.Decoder(Article)


def decode(data: bytes) -> Article:
    """Return an article from its row's ``data``."""
    return _DECODER.decode(data)


def stem(article: Article) -> str:
    """Return the path of an article's record without suffix."""
    return article.path.rpartition(".")[0]


def target(story: Related) -> str:
    """Return which articles a related story may mean, as in the table of pointers."""
    return _ref(story.ref) if story.ref else f"headline:{headline_key(story.headline)}"


def targets(article: Article) -> set[str]:
    """Return the targets by which related stories may mean an article."""
    headline = f"headline:{headline_key(article.headline)}"
    names = (article.id, stem(article), article.guid)
    return {headline, *map(_ref, filter(None, names))}


def _ref(name: str) -> str:
    return f"ref:{bounded_key(name)}"


def find(connection: Connection, stories: Iterable[Related]) -> dict[Related, list[Article]]:
    """Return for each story the articles it may mean, by id or path, else by headline."""
    wanted = {story for story in stories if not story.url}
    refs = {story.ref for story in wanted if story.ref}
    headlines = {headline_key(story.headline) for story in wanted if not story.ref}
    rows = (
        data
        for query, values in ((_OF_REFS, refs), (_OF_HEADLINES, headlines))
        for some in batches(values)
        for data in connection.execute(query, {"these": some}).scalars()
    )
    by_target: dict[str, list[Article]] = {}
    for article in {article.id: article for article in map(decode, rows)}.values():
        for name in targets(article):
            by_target.setdefault(name, []).append(article)
    return {story: by_target.get(target(story), []) for story in wanted}


def get_many(connection: Connection, ids: Collection[str]) -> dict[str, Article]:
    """Return articles by their ids."""
    stored = select_rows(connection, ARTICLES, "id", ids, "id", "data")
    return {row.id: decode(row.data) for row in stored}


def count(connection: Connection) -> int:
    """Return how many articles there are, of any status."""
    return connection.execute(select(func.count()).select_from(ARTICLES)).scalar_one()


def are_unchanged(connection: Connection, revisions: Mapping[str, int]) -> bool:
    """Return whether articles are shown as they were at some revisions, given by the ids."""
    stored = list(select_rows(connection, ARTICLES, "id", revisions, "id", "number", "hidden"))
    same = (revisions[row.id] == row.number and not row.hidden for row in stored)
    return len(stored) == len(revisions) and all(same)


class DeletedArticle(NamedTuple):
    """An article that is gone from a section."""

    id: str
    killed: datetime
    comment: str
    guid: str


def tombstones(
    connection: Connection, section: str, since: datetime, archive: int = 0
) -> list[DeletedArticle]:
    """Return the kills and deletions in a section or its archive, newest first."""
    asked = {"section": section, "since": since, "archive": archive}
    rows = connection.execute(_TOMBSTONES_OF_ARCHIVE if archive else _TOMBSTONES, asked)
    return [DeletedArticle(it.id, it.killed, it.comment, it.guid or "") for it in rows]


def sections_with_tombstones(connection: Connection, ids: Collection[str]) -> dict[str, set[str]]:
    """Return by the ids of articles the sections that have tombstones of them."""
    sections: dict[str, set[str]] = {}
    for row in select_rows(connection, TOMBSTONES, "id", ids, "id", "section"):
        sections.setdefault(row.id, set()).add(row.section)
    return sections


def last_expired_tombstone(
    connection: Connection, section: str, since: datetime, archive: int = 0
) -> datetime | None:
    """Return the moment of the newest kill that ``tombstones`` leaves out, as too long ago."""
    asked = {"section": section, "since": since, "archive": archive}
    return connection.execute(_EXPIRED_OF_ARCHIVE if archive else _EXPIRED, asked).scalar()


def paths(connection: Connection, ids: Collection[str], files: Collection[str]) -> dict[str, str]:
    """Return the record files of the articles that have one of some ids or files, by id."""
    some = zip_longest(batches(ids), batches(files), fillvalue=())
    asked = ({"ids": some_ids, "files": some_files} for some_ids, some_files in some)
    rows = chain.from_iterable(fetch(connection.execute(_PATHS, each)) for each in asked)
    return {row.id: row.path for row in rows}


def keeping_ids(connection: Connection, files: Collection[str] | None = None) -> dict[str, str]:
    """Return by their record files the ids that articles keep from other files.

    :param files: all where they are not given.
    """
    if files is None:
        data = connection.execute(_OTHER_ID).scalars()
    else:
        asked = ({"these": some} for some in batches(files))
        data = (it for these in asked for it in connection.execute(_OTHER_ID_OF, these).scalars())
    return {it.path: it.id for it in map(decode, data) if it.keeps_id}


def named(connection: Connection, name: str) -> list[str]:
    """Return the record files whose path without suffix is a name, or ends with it, in order."""
    ends = or_(ARTICLES.c.stem == name, ARTICLES.c.stem.iendswith(f"/{name}", autoescape=True))
    return list(
        connection.execute(select(ARTICLES.c.path).where(ends).order_by(ARTICLES.c.path)).scalars()
    )


def at_path(connection: Connection, path: str) -> dict[str, Article]:
    """Return by its id the article of a record file, given with or without suffix."""
    wanted = or_(ARTICLES.c.path == path, ARTICLES.c.stem == path)
    data = connection.execute(select(ARTICLES.c.data).where(wanted)).scalars()
    return {article.id: article for article in map(decode, data)}
