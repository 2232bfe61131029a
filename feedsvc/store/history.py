"""What was done: the log of acts, the versions of articles, and what readers were told of them."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, NamedTuple, cast

import msgspec
from sqlalchemy import delete, func, insert, select, update

from feedsvc.model.change import Change, Version
from feedsvc.model.paths import listed_in
from feedsvc.store.articles import decode
from feedsvc.store.schema import ACTS, ARTICLES, CORRECTIONS, SETTINGS, VERSIONS
from feedsvc.store.statements import deletion, insertion, moment, rows, seconds

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from feedsvc.model.article import Article
    from feedsvc.model.change import Act


class Notice(NamedTuple):
    """What readers were told of an article after its publication."""

    moment: datetime
    note: str
    article: Article
    number: int
    """Of the last change to the article."""

    @property
    def key(self) -> str:
        """Return a name that no article's id is."""
        return f"{self.article.id} {self.moment.timestamp():.0f}"


_DOER = "doer "
"""What the names of the settings begin with that tell who changes a record."""
_FEEDS: msgspec.json.Decoder[dict[str, str] | list[str]] = msgspec.json.Decoder(
    dict[str, str] | list[str]
)
"""Decodes feeds with their reasons, or the bare list of feeds that older versions logged."""
_ENCODER = msgspec.json.Encoder(order="deterministic")


def log(connection: Connection, changes: Sequence[Change]) -> None:
    """Add to the log; there is at least one change."""
    values = [
        {
            "moment": seconds(change.moment),
            "act": change.act,
            "id": change.id,
            "doer": change.by,
            "note": change.note,
            "feeds": _ENCODER.encode(change.feeds),
        }
        for change in changes
    ]
    connection.execute(insertion(ACTS), values)


def announce(connection: Connection, path: str, by: str) -> None:
    """Remember who is about to change a record; nobody where that came to nothing."""
    name = f"{_DOER}{path}"
    connection.execute(delete(SETTINGS).where(SETTINGS.c.name == name))
    if by:
        connection.execute(insert(SETTINGS), [{"name": name, "value": by}])


def announced(connection: Connection, paths: Collection[str]) -> dict[str, str]:
    """Return who changed these records, where somebody said so; it is said once."""
    these = {"these": [f"{_DOER}{path}" for path in paths]}
    found = connection.execute(rows(SETTINGS, "name"), these).all()
    if found:
        connection.execute(deletion(SETTINGS, "name"), these)
    return {row.name.removeprefix(_DOER): row.value for row in found}


def acts(connection: Connection, limit: int, own: str | None = None) -> list[Change]:
    """Return the newest acts, the newest first; of one article only where its id is given."""
    wanted = select(ACTS).order_by(ACTS.c.number.desc()).limit(limit)
    if own is not None:
        wanted = wanted.where(ACTS.c.id == own)
    return [
        Change(
            act=cast("Act", row.act),
            id=row.id,
            moment=moment(row.moment),
            feeds=_feeds(row.feeds),
            note=row.note,
            by=row.doer,
        )
        for row in connection.execute(wanted)
    ]


def _feeds(data: bytes) -> dict[str, str]:
    feeds = _FEEDS.decode(data)
    return dict.fromkeys(feeds, "") if isinstance(feeds, list) else feeds


def supersede(connection: Connection, old: Sequence[Article], now: datetime) -> None:
    """Keep what articles were before they were changed."""
    if not old:
        return
    ids = [article.id for article in old]
    last = select(VERSIONS.c.id, func.max(VERSIONS.c.number)).where(VERSIONS.c.id.in_(ids))
    numbers = {row[0]: row[1] for row in connection.execute(last.group_by(VERSIONS.c.id))}
    rows = [
        {
            "id": article.id,
            "number": numbers.get(article.id, 0) + 1,
            "until": seconds(now),
            "data": zlib.compress(_ENCODER.encode(article)),
        }
        for article in old
    ]
    connection.execute(insert(VERSIONS), rows)


def versions(connection: Connection, own: str) -> list[Version]:
    """Return the versions of an article, the oldest first; none where there is no such article."""
    wanted = select(VERSIONS).where(VERSIONS.c.id == own).order_by(VERSIONS.c.number)
    found = [
        Version(
            number=row.number,
            until=moment(row.until),
            article=decode(zlib.decompress(row.data)),
        )
        for row in connection.execute(wanted)
    ]
    last = connection.execute(select(ARTICLES.c.data).where(ARTICLES.c.id == own)).scalar()
    if last is not None:
        found.append(Version(number=len(found) + 1, until=None, article=decode(last)))
    return found


def forget(connection: Connection, ids: Collection[str]) -> None:
    """Leave nothing of what articles were, nor of what was noted about them."""
    if ids:
        connection.execute(delete(VERSIONS).where(VERSIONS.c.id.in_(ids)))
        connection.execute(delete(CORRECTIONS).where(CORRECTIONS.c.id.in_(ids)))
        connection.execute(update(ACTS).where(ACTS.c.id.in_(ids)).values(note=""))


def correct(connection: Connection, articles: Iterable[Article]) -> set[str]:
    """Remember what readers are told of articles after their publication.

    :returns: the ids of those of which they ever were told something.
    """
    told = {article.id: article for article in articles}
    notes: dict[str, dict[int, str]] = {}
    for row in connection.execute(rows(CORRECTIONS, "id"), {"these": [*told]}):
        notes.setdefault(row.id, {})[row.told] = row.note
    for own, article in told.items():
        if article.killed:
            notes[own] = {seconds(article.killed): article.note}
        elif article.status == "usable" and article.updated > article.published:
            notes.setdefault(own, {})[seconds(article.updated)] = article.note
    if notes:
        connection.execute(delete(CORRECTIONS).where(CORRECTIONS.c.id.in_(notes)))
    values = [
        {"section": section, "told": when, "id": own, "note": note}
        for own, found in notes.items()
        for when, note in found.items()
        for section in listed_in(told[own])
    ]
    if values:
        connection.execute(insertion(CORRECTIONS), values)
    return set(notes)


def corrected(connection: Connection, ids: Collection[str]) -> set[str]:
    """Return those articles of which readers were told something after their publication."""
    return set(
        connection.execute(select(CORRECTIONS.c.id).where(CORRECTIONS.c.id.in_(ids))).scalars()
    )


def corrections(connection: Connection, section: str) -> Iterator[Notice]:
    """Yield what readers were told in a section, newest first."""
    wanted = (
        select(CORRECTIONS.c.told, CORRECTIONS.c.note, ARTICLES.c.data, ARTICLES.c.number)
        .join(ARTICLES, ARTICLES.c.id == CORRECTIONS.c.id)
        .where(CORRECTIONS.c.section == section, ARTICLES.c.hidden.is_(False))
        .order_by(CORRECTIONS.c.told.desc(), CORRECTIONS.c.id)
    )
    rows = connection.execute(wanted, execution_options={"yield_per": 64})
    try:
        for row in rows:
            yield Notice(moment(row.told), row.note, decode(row.data), row.number)
    finally:
        rows.close()
