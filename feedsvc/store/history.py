"""The log of actions, the versions of articles, and the corrections that readers get."""

import zlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple, cast

import msgspec
from sqlalchemy import Connection, Row, bindparam, func, select, update

from feedsvc.model.article import Article
from feedsvc.model.change import Act, Change, Version
from feedsvc.model.paths import listed_in
from feedsvc.store import key_values
from feedsvc.store.articles import decode
from feedsvc.store.schema import ACTION_LOG, ARTICLES, CORRECTIONS, SETTINGS, TOMBSTONES, VERSIONS
from feedsvc.store.statements import (
    SOME_ROWS,
    THESE,
    delete_rows,
    fetch,
    insert_rows,
    select_rows,
)

_RECENT = 10_000
"""Actions among which the last of a kind is looked for."""


class Notice(NamedTuple):
    """A correction or a kill, as readers hear of it in an entry of its own."""

    moment: datetime
    note: str
    article: Article
    number: int
    """Of the last change to the article."""

    @property
    def key(self) -> str:
        """Return a name for it that cannot be the id of an article."""
        return f"{self.article.id} {self.moment.timestamp():.0f}"


_KILLS = (
    select(TOMBSTONES.c.killed, TOMBSTONES.c.comment, ARTICLES.c.data, ARTICLES.c.number)
    .join(ARTICLES, ARTICLES.c.id == TOMBSTONES.c.id)
    .where(
        TOMBSTONES.c.section == bindparam("section"),
        TOMBSTONES.c.killed > bindparam("since"),
        ARTICLES.c.closes > bindparam("now"),
        ARTICLES.c.hidden.is_(False),
    )
    .order_by(TOMBSTONES.c.killed.desc(), TOMBSTONES.c.id)
)
_LAST_VERSIONS = (
    select(VERSIONS.c.id, func.max(VERSIONS.c.number))
    .where(VERSIONS.c.id.in_(THESE))
    .group_by(VERSIONS.c.id)
)
_DOER = "doer "
"""The prefix of settings that hold who is changing a record."""
_COPY = "copy:"
"""The beginning of a setting about a record that is a copy, before its path."""
_FEEDS: msgspec.json.Decoder[dict[str, str] | list[str]] = msgspec.json.Decoder(
    dict[str, str] | list[str]
)
"""Decodes feeds with their reasons, or the bare list of feeds that older versions logged."""
_ENCODER = msgspec.json.Encoder(order="deterministic")


def log_actions(connection: Connection, changes: Sequence[Change]) -> None:
    """Add changes to the log."""
    values = [
        {
            "moment": change.moment,
            "act": change.act,
            "id": change.id,
            "doer": change.by,
            "note": change.note,
            "feeds": _ENCODER.encode(change.feeds),
        }
        for change in changes
    ]
    insert_rows(connection, ACTION_LOG, values)


def set_doers(connection: Connection, paths: Collection[str], by: str) -> None:
    """Record who is about to change records; empty if they are not changed after all."""
    names = [f"{_DOER}{path}" for path in paths]
    delete_rows(connection, SETTINGS, "name", names)
    insert_rows(connection, SETTINGS, [{"name": it, "value": by} for it in names] if by else [])


def take_doers(connection: Connection, paths: Collection[str]) -> dict[str, str]:
    """Return who was about to change these records, and forget it."""
    taken = doers(connection, paths)
    delete_rows(connection, SETTINGS, "name", [f"{_DOER}{path}" for path in taken])
    return taken


def doers(connection: Connection, paths: Collection[str]) -> dict[str, str]:
    """Return who is about to change these records."""
    settings = key_values.settings(connection, *(f"{_DOER}{path}" for path in paths))
    return {name.removeprefix(_DOER): doer for name, doer in settings.items()}


def mark_copies(connection: Connection, paths: Collection[str]) -> None:
    """Record that new records are copies, so that readers may know their articles."""
    names = [f"{_COPY}{path}" for path in paths]
    delete_rows(connection, SETTINGS, "name", names)
    insert_rows(connection, SETTINGS, [{"name": name, "value": ""} for name in names])


def take_copies(connection: Connection, paths: Collection[str]) -> set[str]:
    """Return the records that are copies, and forget it."""
    copies = key_values.settings(connection, *(f"{_COPY}{path}" for path in paths))
    delete_rows(connection, SETTINGS, "name", copies)
    return {name.removeprefix(_COPY) for name in copies}


def last_action(connection: Connection) -> int:
    """Return the number of the newest action; 0 where there is none."""
    return connection.execute(select(func.max(ACTION_LOG.c.number))).scalar() or 0


def actions(
    connection: Connection, limit: int | None, article_id: str | None = None, after: int = 0
) -> list[Change]:
    """Return the newest actions or all, newest first; only of one article if its id is given.

    :param after: the number of an action; only newer ones are returned.
    """
    newer = ACTION_LOG.c.number > after
    wanted = select(ACTION_LOG).where(newer).order_by(ACTION_LOG.c.number.desc()).limit(limit)
    if article_id is not None:
        wanted = wanted.where(ACTION_LOG.c.id == article_id)
    return [*map(_change, connection.execute(wanted))]


def last_of(connection: Connection, acts: Collection[Act]) -> Change | None:
    """Return the last action of some kinds; None where there was none for long."""
    recent = ACTION_LOG.c.number > last_action(connection) - _RECENT
    wanted = select(ACTION_LOG).where(recent, ACTION_LOG.c.act.in_(acts))
    row = connection.execute(wanted.order_by(ACTION_LOG.c.number.desc()).limit(1)).first()
    return _change(row) if row else None


def _change(row: Row[Any]) -> Change:
    return Change(
        act=cast("Act", row.act),
        id=row.id,
        moment=row.moment,
        feeds=_feeds(row.feeds),
        note=row.note,
        by=row.doer,
    )


def changed_feeds(connection: Connection) -> set[str]:
    """Return every feed that some article ever changed."""
    logged = connection.execute(select(ACTION_LOG.c.feeds)).scalars()
    return {path for data in logged for path in _feeds(data)}


def _feeds(data: bytes) -> dict[str, str]:
    feeds = _FEEDS.decode(data)
    return dict.fromkeys(feeds, "") if isinstance(feeds, list) else feeds


def keep_versions(connection: Connection, old: Sequence[Article], now: datetime) -> None:
    """Keep the versions of articles that a change replaces."""
    if not old:
        return
    asked = {"these": [article.id for article in old]}
    numbers = {row[0]: row[1] for row in connection.execute(_LAST_VERSIONS, asked)}
    rows = [
        {
            "id": article.id,
            "number": numbers.get(article.id, 0) + 1,
            "until": now,
            "data": zlib.compress(_ENCODER.encode(article)),
        }
        for article in old
    ]
    insert_rows(connection, VERSIONS, rows)


def versions(connection: Connection, article_id: str) -> list[Version]:
    """Return the versions of an article, the oldest first; none where there is no such article."""
    wanted = select(VERSIONS).where(VERSIONS.c.id == article_id).order_by(VERSIONS.c.number)
    versions = [
        Version(number=row.number, until=row.until, article=decode(zlib.decompress(row.data)))
        for row in connection.execute(wanted)
    ]
    last = connection.execute(select(ARTICLES.c.data).where(ARTICLES.c.id == article_id)).scalar()
    if last is not None:
        versions.append(Version(number=len(versions) + 1, until=None, article=decode(last)))
    return versions


def forget(connection: Connection, ids: Collection[str]) -> None:
    """Delete the versions of articles, their corrections, and the notes in the log."""
    if ids:
        delete_rows(connection, VERSIONS, "id", ids)
        forget_corrections(connection, ids)
        connection.execute(update(ACTION_LOG).where(ACTION_LOG.c.id.in_(ids)).values(note=""))


def forget_corrections(connection: Connection, ids: Collection[str]) -> None:
    """Take articles out of the feeds of corrections."""
    delete_rows(connection, CORRECTIONS, "id", ids)


def record_corrections(connection: Connection, articles: Iterable[Article]) -> set[str]:
    """Add corrections and kills to their feeds; return the ids of the articles that are in any."""
    by_id = {article.id: article for article in articles}
    notes: dict[str, dict[datetime, str]] = {}
    for row in select_rows(connection, CORRECTIONS, "id", by_id):
        if row.note:
            notes.setdefault(row.id, {})[row.moment] = row.note
    for article_id, article in by_id.items():
        if article.killed:
            notes[article_id] = {article.killed: article.note}
        elif article.status == "usable" and (corrections := article.corrections):
            dated = {it.note for it in article.notes}  # the record may date an older note anew
            known = notes.get(article_id, {}).items()
            notes[article_id] = {moment: note for moment, note in known if note not in dated}
            notes[article_id] |= {it.moment: it.note for it in corrections}
    delete_rows(connection, CORRECTIONS, "id", notes)
    values = [
        {"section": section, "moment": moment, "id": article_id, "note": note}
        for article_id, by_moment in notes.items()
        for moment, note in by_moment.items()
        for section in listed_in(by_id[article_id])
    ]
    insert_rows(connection, CORRECTIONS, values)
    return set(notes)


def corrected(connection: Connection, ids: Collection[str]) -> set[str]:
    """Return which of the articles are in corrections feeds."""
    return {row.id for row in select_rows(connection, CORRECTIONS, "id", ids, "id")}


def corrections(connection: Connection, section: str) -> Iterator[Notice]:
    """Yield the corrections and kills of a section, newest first.

    Older versions of feedsvc took an update without a note for a correction.
    """
    wanted = (
        select(CORRECTIONS.c.moment, CORRECTIONS.c.note, ARTICLES.c.data, ARTICLES.c.number)
        .join(ARTICLES, ARTICLES.c.id == CORRECTIONS.c.id)
        .where(CORRECTIONS.c.section == section, ARTICLES.c.hidden.is_(False))
        .order_by(CORRECTIONS.c.moment.desc(), CORRECTIONS.c.id)
        .execution_options(**SOME_ROWS)
    )
    for row in fetch(connection.execute(wanted), 64):
        article = decode(row.data)
        if row.note or article.killed:
            yield Notice(row.moment, row.note, article, row.number)


def kills(connection: Connection, section: str, since: datetime, now: datetime) -> list[Notice]:
    """Return the kills in a section after a moment whose notice has not ended, newest first."""
    asked = {"section": section, "since": since, "now": now}
    return [
        Notice(row.killed, row.comment, decode(row.data), row.number)
        for row in connection.execute(_KILLS, asked)
    ]
