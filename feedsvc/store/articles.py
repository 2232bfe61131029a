"""Articles read from the store: newest first, by what points at them, and by time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import func, or_, select

from feedsvc.model.article import Article, Related, headline_key
from feedsvc.store.schema import ARTICLES, FEEDS, LISTINGS, TOMBSTONES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from sqlalchemy import Connection

_DECODER = msgspec.json.Decoder(Article)


class Change(msgspec.Struct, frozen=True):
    """The last change to a section's feeds."""

    number: int
    """Grows with every change in the store."""
    changed: datetime


def decode(data: bytes) -> Article:
    """Return an article from its row's ``data``."""
    return _DECODER.decode(data)


def seconds(moment: datetime) -> int:
    """Return a moment as the store keeps it."""
    return int(moment.timestamp())


def moment(number: int) -> datetime:
    """Return a moment from how the store keeps it."""
    return datetime.fromtimestamp(number, UTC)


def change(connection: Connection, section: str) -> Change | None:
    """Return the last change to a section; None where there never was such a section."""
    row = connection.execute(
        select(FEEDS.c.number, FEEDS.c.changed).where(FEEDS.c.path == section)
    ).first()
    return Change(row.number, moment(row.changed)) if row else None


def newest(
    connection: Connection, section: str, now: datetime, batch: int = 64
) -> Iterator[Article]:
    """Yield a section's articles that are released, newest first; some may have expired.

    :param batch: how many are fetched at once; few, where few are needed.
    """
    rows = connection.execute(
        select(ARTICLES.c.data)
        .join(LISTINGS, LISTINGS.c.id == ARTICLES.c.id)
        .where(LISTINGS.c.section == section, LISTINGS.c.released <= seconds(now))
        .order_by(LISTINGS.c.released.desc(), LISTINGS.c.id),
        execution_options={"yield_per": batch},
    )
    try:
        for row in rows:
            yield decode(row.data)
    finally:
        rows.close()


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
    connection: Connection, section: str, since: datetime
) -> list[tuple[str, datetime, str]]:
    """Return id, moment and comment of the kills in a section since a moment, newest first."""
    rows = connection.execute(
        select(TOMBSTONES.c.id, TOMBSTONES.c.killed, TOMBSTONES.c.comment)
        .where(TOMBSTONES.c.section == section, TOMBSTONES.c.killed > seconds(since))
        .order_by(TOMBSTONES.c.killed.desc(), TOMBSTONES.c.id)
    )
    return [(row.id, moment(row.killed), row.comment) for row in rows]


def last_forgotten(connection: Connection, section: str, since: datetime) -> datetime | None:
    """Return the moment of the newest kill in a section that is not since a moment."""
    number = connection.execute(
        select(func.max(TOMBSTONES.c.killed)).where(
            TOMBSTONES.c.section == section, TOMBSTONES.c.killed <= seconds(since)
        )
    ).scalar()
    return None if number is None else moment(number)


def moments(connection: Connection, section: str, now: datetime) -> list[datetime]:
    """Return when a release or an expiry last changed a section, and when one next will."""
    at = seconds(now)
    found = [
        connection.execute(select(edge(column)).where(LISTINGS.c.section == section, side)).scalar()
        for column in (LISTINGS.c.released, LISTINGS.c.expires)
        for edge, side in ((func.max, column <= at), (func.min, column > at))
    ]
    return [moment(number) for number in found if number is not None]


def sections(connection: Connection, now: datetime) -> list[str]:
    """Return every section that ever was, in order, but those with nothing yet but embargoes."""
    found = every_section(connection)
    return [section for section in found if not is_secret(connection, section, now)]


def every_section(connection: Connection) -> list[str]:
    """Return every section that ever was, in order."""
    return list(connection.execute(select(FEEDS.c.path).order_by(FEEDS.c.path)).scalars())


def is_secret(connection: Connection, section: str, now: datetime) -> bool:
    """Tell whether a section holds articles, and none that was released yet."""
    first = connection.execute(
        select(func.min(LISTINGS.c.released)).where(LISTINGS.c.section == section)
    ).scalar()
    return first is not None and first > seconds(now)


def paths(connection: Connection, ids: Collection[str], files: Collection[str]) -> dict[str, str]:
    """Return the record files of articles by id: of these ids, and of those from these files."""
    wanted = or_(ARTICLES.c.id.in_(ids), ARTICLES.c.path.in_(files))
    rows = connection.execute(select(ARTICLES.c.id, ARTICLES.c.path).where(wanted))
    return {row.id: row.path for row in rows}
