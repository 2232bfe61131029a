"""Articles read from the store: by their ids, and by what points at them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import func, or_, select

from feedsvc.model.article import Article, Related, headline_key
from feedsvc.store.schema import ARCHIVES, ARTICLES, TOMBSTONES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from sqlalchemy import Connection

_DECODER = msgspec.json.Decoder(Article)


def decode(data: bytes) -> Article:
    """Return an article from its row's ``data``."""
    return _DECODER.decode(data)


def seconds(moment: datetime) -> int:
    """Return a moment as the store keeps it."""
    return int(moment.timestamp())


def moment(number: int) -> datetime:
    """Return a moment from how the store keeps it."""
    return datetime.fromtimestamp(number, UTC)


def find(connection: Connection, stories: Iterable[Related]) -> dict[Related, list[Article]]:
    """Return for each story the articles it may mean, by id or path, else by headline."""
    wanted = {story for story in stories if not story.url}
    refs = {story.ref for story in wanted if story.ref}
    headlines = {headline_key(story.headline) for story in wanted if not story.ref}
    if not wanted:
        return {}
    rows = connection.execute(
        select(ARTICLES.c.id, ARTICLES.c.stem, ARTICLES.c.headline, ARTICLES.c.data).where(
            ARTICLES.c.hidden.is_(False),
            or_(
                ARTICLES.c.id.in_(refs),
                ARTICLES.c.stem.in_(refs),
                ARTICLES.c.headline.in_(headlines),
            ),
        )
    )
    by_ref: dict[str, list[Article]] = {}
    by_headline: dict[str, list[Article]] = {}
    for row in rows:
        article = decode(row.data)
        for ref in {row.id, row.stem}:
            by_ref.setdefault(ref, []).append(article)
        by_headline.setdefault(row.headline, []).append(article)
    return {
        story: by_ref.get(story.ref, [])
        if story.ref
        else by_headline.get(headline_key(story.headline), [])
        for story in wanted
    }


def get_many(connection: Connection, ids: Collection[str]) -> dict[str, Article]:
    """Return articles by their ids."""
    rows = connection.execute(select(ARTICLES.c.data).where(ARTICLES.c.id.in_(ids))).scalars()
    return {article.id: article for article in map(decode, rows)}


def tombstones(
    connection: Connection, section: str, since: datetime, archive: int = 0
) -> list[tuple[str, datetime, str]]:
    """Return id, moment and comment of the kills in a section since a moment, newest first.

    :param archive: only those of articles that stand in the archive of this number.
    """
    wanted = (
        select(TOMBSTONES.c.id, TOMBSTONES.c.killed, TOMBSTONES.c.comment)
        .where(TOMBSTONES.c.section == section, TOMBSTONES.c.killed > seconds(since))
        .order_by(TOMBSTONES.c.killed.desc(), TOMBSTONES.c.id)
    )
    if archive:
        held = select(ARCHIVES.c.id).where(
            ARCHIVES.c.section == section, ARCHIVES.c.number == archive
        )
        wanted = wanted.where(TOMBSTONES.c.id.in_(held))
    rows = connection.execute(wanted)
    return [(row.id, moment(row.killed), row.comment) for row in rows]


def last_forgotten(connection: Connection, section: str, since: datetime) -> datetime | None:
    """Return the moment of the newest kill in a section that is not since a moment."""
    number = connection.execute(
        select(func.max(TOMBSTONES.c.killed)).where(
            TOMBSTONES.c.section == section, TOMBSTONES.c.killed <= seconds(since)
        )
    ).scalar()
    return None if number is None else moment(number)


def paths(connection: Connection, ids: Collection[str], files: Collection[str]) -> dict[str, str]:
    """Return the record files of articles by id: of these ids, and of those from these files."""
    wanted = or_(ARTICLES.c.id.in_(ids), ARTICLES.c.path.in_(files))
    rows = connection.execute(select(ARTICLES.c.id, ARTICLES.c.path).where(wanted))
    return {row.id: row.path for row in rows}


def at(connection: Connection, path: str) -> dict[str, Article]:
    """Return by its id the article of a record file, given with or without suffix."""
    wanted = or_(ARTICLES.c.path == path, ARTICLES.c.stem == path)
    rows = connection.execute(select(ARTICLES.c.data).where(wanted)).scalars()
    return {article.id: article for article in map(decode, rows)}
