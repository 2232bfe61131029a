"""Pictures and sounds, and the articles that show them or did."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, and_, bindparam, delete, exists, not_, or_, select, update

from feedsvc.model.published_file import Part, length_of
from feedsvc.store.moment import Moment
from feedsvc.store.schema import ARTICLES, MEDIA, MEDIA_USES
from feedsvc.store.statements import batches, delete_rows, fetch, insert_rows, select_rows

_PARTS = msgspec.msgpack.Decoder(tuple[tuple[int, int] | bytes, ...])


class KnownMedia(msgspec.Struct, frozen=True):
    """A picture or sound as it was last measured."""

    path: str
    """Below the newsroom's folder."""
    digest: str
    """Of the published bytes."""
    type: str
    original: str
    """The digest of the whole file; another one than ``digest`` where not all is published."""
    parts: tuple[Part, ...] | None
    """The published parts; None if the whole file is."""
    stamp: tuple[int, int]
    """Size in bytes and time of change in nanoseconds of the file."""

    @property
    def length(self) -> int:
        """Return how many bytes are published."""
        return self.stamp[0] if self.parts is None else length_of(self.parts)


class MediaUse(msgspec.Struct, frozen=True):
    """A picture or sound that a usable article shows."""

    path: str
    digest: str
    article: str
    """The article's id."""
    words: str
    """A digest of its caption, its credit, and the like."""
    released: datetime
    expires: datetime | None


class MediaAddress(msgspec.Struct, frozen=True):
    """The state of the address of a picture or sound."""

    media: KnownMedia
    shown: bool
    """Whether readers may have an article that shows the file, in any state."""
    withdrawn: bool
    """Whether the state of this address went together with its article."""
    former: bool
    """Whether an article showed the state of this address."""
    ended: bool
    """Whether one of these articles does not show the file today, or under other words."""


_USE = tuple(MEDIA_USES.c.keys())
_NOW = bindparam("now", type_=Moment)
_STATE = and_(MEDIA_USES.c.path == bindparam("path"), MEDIA_USES.c.digest == bindparam("digest"))
_TODAY = MEDIA_USES.alias("today")
_SAME = and_(
    _TODAY.c.article == MEDIA_USES.c.article,
    _TODAY.c.path == MEDIA_USES.c.path,
    _TODAY.c.words == MEDIA_USES.c.words,
    _TODAY.c.current.is_(True),
)
_SHOWN = exists().where(
    MEDIA_USES.c.path == MEDIA.c.path,
    MEDIA_USES.c.current.is_(True),
    MEDIA_USES.c.released <= _NOW,
    or_(MEDIA_USES.c.expires.is_(None), MEDIA_USES.c.expires > _NOW),
    ARTICLES.c.id == MEDIA_USES.c.article,
    ARTICLES.c.hidden.is_(False),
)
_ENDED = exists().where(_STATE, or_(MEDIA_USES.c.reworded.is_(True), not_(exists().where(_SAME))))
_ADDRESS = select(
    MEDIA,
    _SHOWN.label("shown"),
    exists().where(_STATE, MEDIA_USES.c.gone.is_(True)).label("withdrawn"),
    exists().where(_STATE).label("former"),
    _ENDED.label("ended"),
).where(MEDIA.c.path == bindparam("path"))
_SERVED = select(MEDIA).where(_SHOWN)


def measured(connection: Connection, files: Iterable[KnownMedia]) -> None:
    """Record pictures and sounds as they were measured."""
    rows = {
        file.path: {
            "path": file.path,
            "digest": file.digest,
            "type": file.type,
            "original": file.original,
            "parts": None if file.parts is None else msgspec.msgpack.encode(file.parts),
            "size": file.stamp[0],
            "modified": file.stamp[1],
        }
        for file in files
    }
    delete_rows(connection, MEDIA, "path", rows)
    insert_rows(connection, MEDIA, list(rows.values()))


def use(
    connection: Connection, ids: Collection[str], uses: Iterable[MediaUse], now: datetime
) -> None:
    """Make uses the only current ones of some articles; the ones that readers had are kept."""
    new = {(it.article, it.path, it.digest): it for it in uses}
    changed, rows = set[str](), list[dict[str, Any]]()
    for row in select_rows(connection, MEDIA_USES, "article", ids, *_USE):
        before = {name: getattr(row, name) for name in _USE}
        wanted = new.pop((row.article, row.path, row.digest), None)
        public = row.released <= now
        if wanted:  # an upgraded store does not know the words
            reworded = row.reworded or (public and row.words not in ("", wanted.words))
            rows.append(_row(wanted, reworded=reworded))
        elif public:
            rows.append({**before, "current": False})
        if not (wanted or public) or rows[-1] != before:
            changed.add(row.article)
    changed |= {it.article for it in new.values()}
    rows += [_row(it, reworded=False) for it in new.values()]
    delete_rows(connection, MEDIA_USES, "article", changed)
    insert_rows(connection, MEDIA_USES, [row for row in rows if row["article"] in changed])


def withdraw(connection: Connection, ids: Collection[str], now: datetime) -> None:
    """Withdraw the pictures and sounds of articles for good, other articles' uses excepted."""
    for some in batches(ids):
        theirs = MEDIA_USES.c.article.in_(some)
        # No reader had these, so there is nothing to withdraw.
        connection.execute(delete(MEDIA_USES).where(theirs, MEDIA_USES.c.released > now))
        connection.execute(update(MEDIA_USES).where(theirs).values(current=False, gone=True))


def find(connection: Connection, path: str, digest: str, now: datetime) -> MediaAddress | None:
    """Return the state of an address; None if no published record named such a file."""
    asked = {"path": path, "digest": digest, "now": now}
    row = connection.execute(_ADDRESS, asked).first()
    if row is None:
        return None
    return MediaAddress(_known(row), row.shown, row.withdrawn, row.former, row.ended)


def shown_with(connection: Connection, digest: str) -> KnownMedia | None:
    """Return a file with a digest that a usable article shows, now or after its embargo."""
    used = MEDIA_USES.c.path == MEDIA.c.path, MEDIA_USES.c.current.is_(True)
    wanted = select(MEDIA).where(MEDIA.c.digest == digest, exists().where(*used)).limit(1)
    row = connection.execute(wanted).first()
    return _known(row) if row else None


def ended(connection: Connection, ids: Collection[str], now: datetime) -> Iterator[tuple[str, str]]:
    """Yield path and digest of the states that articles showed and readers may have no more."""
    theirs = MEDIA_USES.alias("theirs")
    present = and_(MEDIA.c.digest == theirs.c.digest, _SHOWN)
    for some in batches(sorted(ids)):
        states = select(theirs.c.path, theirs.c.digest).join(MEDIA, MEDIA.c.path == theirs.c.path)
        wanted = states.where(theirs.c.article.in_(some), not_(present))
        for row in connection.execute(wanted, {"now": now}):
            yield row.path, row.digest


def served(connection: Connection, now: datetime) -> Iterator[KnownMedia]:
    """Yield the pictures and sounds of the articles that readers may have."""
    return map(_known, fetch(connection.execute(_SERVED, {"now": now})))


def _known(row: Any) -> KnownMedia:
    parts = None if row.parts is None else _PARTS.decode(row.parts)
    stamp = row.size, row.modified
    return KnownMedia(row.path, row.digest, row.type, row.original, parts, stamp)


def _row(use: MediaUse, *, reworded: bool) -> dict[str, Any]:
    """Return the row of a current use."""
    return {**msgspec.structs.asdict(use), "reworded": reworded, "current": True, "gone": False}
