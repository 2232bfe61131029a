"""Pictures and sounds in the object store, and the records that wait for theirs to be there."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime

from msgspec import Struct
from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    and_,
    case,
    delete,
    exists,
    func,
    or_,
    select,
    union,
)

from feedsvc.store.media_tables import AWAITED_MEDIA, STORED_MEDIA
from feedsvc.store.schema import ARTICLES, MEDIA_USES, OUTBOX
from feedsvc.store.statements import delete_rows, insert_rows, select_rows

JOB = "store"
"""The kind of job that puts a picture or sound into the object store, or deletes the one that no
reader may have there; its key is that of the object."""

_KEY = AWAITED_MEDIA.c.digest + "/" + AWAITED_MEDIA.c.path
_ERROR = func.coalesce(OUTBOX.c.last_error, "")
_FAILED = func.max(case((OUTBOX.c.failed.is_(True), 1), else_=0))
_AWAITED = (
    select(AWAITED_MEDIA.c.record, func.min(AWAITED_MEDIA.c.path), func.max(_ERROR), _FAILED)
    .outerjoin(OUTBOX, and_(OUTBOX.c.kind == JOB, OUTBOX.c.key == _KEY))
    .group_by(AWAITED_MEDIA.c.record)
    .order_by(AWAITED_MEDIA.c.record)
)


class MediaKey(Struct, frozen=True, order=True):
    """A state of a picture or sound; as a string the key of its object."""

    digest: str
    path: str
    """Below the newsroom's folder."""

    @classmethod
    def parse(cls, key: str) -> "MediaKey":
        """Return the picture or sound of an object."""
        digest, _, path = key.partition("/")
        return cls(digest, path)

    def __str__(self) -> str:
        """Return the key of its object."""
        return f"{self.digest}/{self.path}"


def stored(connection: Connection, keys: Collection[MediaKey], store: str) -> set[MediaKey]:
    """Return the ones among some that are in a store.

    :param store: its address.
    """
    rows = select_rows(connection, STORED_MEDIA, "digest", {it.digest for it in keys})
    return {MediaKey(row.digest, row.path) for row in rows if row.store == store} & {*keys}


def keep(connection: Connection, key: MediaKey, store: str) -> None:
    """Record that a picture or sound is in a store."""
    forget(connection, key)
    row = {"digest": key.digest, "path": key.path, "store": store}
    insert_rows(connection, STORED_MEDIA, [row])


def forget(connection: Connection, key: MediaKey) -> None:
    """Record that a picture or sound is in no store."""
    connection.execute(delete(STORED_MEDIA).where(*_is(STORED_MEDIA, key)))


def forget_all(connection: Connection) -> None:
    """Forget which pictures and sounds are in a store, so that each is looked for again."""
    connection.execute(delete(STORED_MEDIA))


def wait(connection: Connection, records: Mapping[str, Collection[MediaKey]]) -> None:
    """Record which pictures and sounds records wait for.

    :param records: by paths below ``articles/``; empty where one waits for none.
    """
    delete_rows(connection, AWAITED_MEDIA, "record", records)
    rows = [
        {"record": record, "digest": key.digest, "path": key.path}
        for record, keys in records.items()
        for key in sorted(keys)
    ]
    insert_rows(connection, AWAITED_MEDIA, rows)


def is_wanted(connection: Connection, key: MediaKey, now: datetime) -> bool:
    """Return whether readers may have a picture or sound, or a record waits for it."""
    shown = exists().where(*_is(MEDIA_USES, key), _shown(now))
    awaited = exists().where(*_is(AWAITED_MEDIA, key))
    return bool(connection.execute(select(or_(shown, awaited))).scalar())


def wanted(connection: Connection, now: datetime) -> set[MediaKey]:
    """Return all pictures and sounds that are to be in the store."""
    shown = select(MEDIA_USES.c.digest, MEDIA_USES.c.path).where(_shown(now))
    awaited = select(AWAITED_MEDIA.c.digest, AWAITED_MEDIA.c.path)
    return {MediaKey(*row) for row in connection.execute(union(shown, awaited))}


def ended(connection: Connection, now: datetime) -> set[MediaKey]:
    """Return the ones in a store whose articles were withdrawn or have expired.

    The ones that an article only replaced by others stay, as readers may still show them.
    """
    uses = select(MEDIA_USES.c.digest, MEDIA_USES.c.path).join(
        STORED_MEDIA, _same(STORED_MEDIA, MEDIA_USES)
    )
    over = or_(MEDIA_USES.c.gone.is_(True), MEDIA_USES.c.expires <= now)
    suspects = {MediaKey(*row) for row in connection.execute(uses.where(over))}
    return {key for key in suspects if not is_wanted(connection, key, now)}


def kept_by(connection: Connection, articles: Iterable[str]) -> set[MediaKey]:
    """Return the ones in a store that articles show or showed."""
    uses = select_rows(connection, MEDIA_USES, "article", articles, "digest", "path")
    keys = {MediaKey(row.digest, row.path) for row in uses}
    rows = select_rows(connection, STORED_MEDIA, "digest", {it.digest for it in keys})
    return {MediaKey(row.digest, row.path) for row in rows} & keys


def records(connection: Connection, key: MediaKey) -> list[str]:
    """Return the records, below ``articles/``, that wait for a picture or sound or show it."""
    waiting = select(AWAITED_MEDIA.c.record).where(*_is(AWAITED_MEDIA, key))
    showing = (
        select(ARTICLES.c.path)
        .join(MEDIA_USES, MEDIA_USES.c.article == ARTICLES.c.id)
        .where(*_is(MEDIA_USES, key), MEDIA_USES.c.current.is_(True))
    )
    return sorted(connection.execute(union(waiting, showing)).scalars())


def awaited(connection: Connection) -> Iterator[tuple[str, str, str, bool]]:
    """Yield, in order, each record that waits, and a file it waits for.

    :returns: with these two the last error, and whether it is not tried again.
    """
    for record, path, error, failed in connection.execute(_AWAITED):
        yield record, path, error, bool(failed)


def _is(table: Table, key: MediaKey) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return table.c.digest == key.digest, table.c.path == key.path


def _same(one: Table, other: Table) -> ColumnElement[bool]:
    return and_(one.c.digest == other.c.digest, one.c.path == other.c.path)


def _shown(now: datetime) -> ColumnElement[bool]:
    uses = MEDIA_USES.c
    in_time = uses.released <= now, or_(uses.expires.is_(None), uses.expires > now)
    return and_(uses.current.is_(True), *in_time)
