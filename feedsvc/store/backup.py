"""Copies of the store: made while others write it, put in its place while others read it."""

import os
import secrets
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import Struct
from sqlalchemy import Connection, func, inspect, select, update

from feedsvc.config.settings import Config
from feedsvc.errors import StoreError
from feedsvc.store import feeds, key_values, sqlite, stored_media
from feedsvc.store.database import Database
from feedsvc.store.schema import ARTICLES, FEEDS
from feedsvc.store.sqlite import FILE_NAME, PATIENCE
from feedsvc.store.versions import migration, refusal

KEPT = f"{FILE_NAME}.before-restore"
"""The name of the file that keeps the store which a copy has replaced."""

_TABLES = {"alembic_version", "articles", "feeds", "files", "settings"}
"""Tables that a store of any version has."""

_GAP = 1000
"""How far the change numbers of a restored store are above all others: more than can be given out
between the last look at the live store and its replacement."""

_NEVER = datetime(1970, 1, 2, tzinfo=UTC)
"""Before migration 0005, feeds that had never changed were dated into the day before."""


class Contents(Struct, frozen=True):
    """A summary of a store, by which people tell it from another."""

    revision: str
    """The migration it is at, such as 0004."""
    articles: int
    changed: datetime | None
    """When a feed last changed; None if none did since the store was made."""


def back_up(store: Path, target: Path, *, replace: bool = False) -> int:
    """Write one consistent state of a store into a file; others may write the store meanwhile.

    The file appears when it is complete, and only its owner can read it. It holds nothing that was
    deleted.

    :param replace: write over an existing file.
    :returns: its size in bytes.
    :raises StoreError: the store cannot be read, or the file not be written.
    """
    if not store.is_file():
        raise StoreError(f"there is no store {store} yet, so there is nothing to copy")
    if target.resolve() in sqlite.parts(store):
        raise StoreError(f"{target} is a part of the store itself; name another file")
    if target.is_dir():
        raise StoreError(f"{target} is a folder; name a file in it")
    if target.exists() and not replace:
        raise StoreError(f"{target} is there already; --replace writes over it")
    draft = target.absolute().with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        draft.touch(0o600, exist_ok=False)
        try:
            sqlite.copy(store, draft)
            _flush(draft)
            size = draft.stat().st_size
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)
        _flush(draft.parent)
    except OSError as error:
        raise StoreError(f"{target} cannot be written: {error.strerror}") from None
    return size


def _flush(path: Path) -> None:
    """Write a file, or the names in a folder, to the disk, so that they outlive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def examine(file: Path, store: Path) -> Contents:
    """Return a summary of a file that can replace a store.

    :raises StoreError: it cannot be read, is damaged or no copy of a store, is that store itself,
        or the feedsvc that wrote it is newer or too old.
    """
    if file.resolve() in sqlite.parts(store):
        raise StoreError(f"{file} is a part of the store itself; name a copy of it")
    sqlite.require_whole_file(file)
    with sqlite.look_at_copy(file) as connection:
        if reason := sqlite.damage(connection, thorough=True):
            raise StoreError(f"{file} is damaged ({reason}); take another copy")
        if not _tables(connection) >= _TABLES:
            raise StoreError(
                f"{file} is the database of something else; "
                'name a copy of a store that "feedsvc backup" made'
            )
        contents = _contents(connection)
    if reason := refusal(contents.revision):
        raise StoreError(f"{file} {reason}")
    return contents


def describe(store: Path) -> Contents | None:
    """Return a summary of a store; None if there is none, or nothing in it.

    :raises StoreError: it cannot be read.
    """
    if not store.is_file():
        return None
    with sqlite.look(store) as connection:
        return _contents(connection) if _tables(connection) else None


def require_file(config: Config) -> None:
    """Refuse a store in PostgreSQL, which has better means of its own.

    :raises StoreError: it is there.
    """
    if config.store.url:
        raise StoreError(
            'the store is in PostgreSQL: copy it by "pg_dump --format=custom", and bring it back '
            'by "pg_restore --clean", while no "feedsvc serve" runs'
        )


def require_filled(store: Path) -> None:
    """Refuse a store into which no article file was ever read: it may be the wrong one.

    :raises StoreError: it is such a store, or cannot be read.
    """
    if not store.is_file():
        return  # ``back_up`` says so
    with sqlite.look(store) as connection:
        filled = "settings" in _tables(connection) and key_values.is_filled(connection)
    if not filled:
        raise StoreError(
            f"the store {store} was never filled, so there is nothing to copy; if "
            '"feedsvc serve" has another one, set [server] state in config.toml to its folder'
        )


def _tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


def _contents(connection: Connection) -> Contents:
    count = select(func.count()).select_from(ARTICLES)
    newest = select(func.max(FEEDS.c.changed)).where(FEEDS.c.changed >= _NEVER)
    return Contents(
        str(migration(connection)),
        connection.execute(count).scalar_one(),
        connection.execute(newest).scalar(),
    )


def restore(
    file: Path,
    folder: Path,
    clock: Callable[[], datetime],
    publish: Callable[[Database], object] = lambda _: None,
    patience: float = PATIENCE,
) -> Path | None:
    """Replace the store in a folder by a copy: all of it, or nothing.

    Others may read and write that store meanwhile. Feeds that they keep in memory are outdated
    then, and all feeds are dated now, because readers may have had later ones than are restored.

    :param file: one that ``examine`` found fit.
    :param publish: makes a copy agree with the article files, before readers see any of it: an
        article that was killed since must not come back.
    :param patience: seconds to wait for other writers.
    :returns: where the replaced store is kept; None if there was none.
    :raises StoreError: it cannot be done, and nothing was changed.
    """
    store = folder / FILE_NAME
    kept = folder / KEPT if store.is_file() else None
    with (
        _workshop(folder) as place,
        closing(Database(folder)) as live,
        closing(_upgraded(file, place, live)) as fresh,
    ):
        publish(fresh)
        if kept:
            back_up(store, kept, replace=True)
        publish(fresh)  # changes since, which are few
        _renumber(fresh, live, clock)
        sqlite.replace(store, fresh.path, patience)
        with live.writing():
            pass  # so that every process notices
        live.wipe()
    return kept


@contextmanager
def _workshop(folder: Path) -> Generator[Path]:
    """Yield a temporary folder on the disk of the store."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        made = TemporaryDirectory(prefix="restore-", dir=folder)
    except OSError as error:
        raise StoreError(f"the folder {folder} cannot be written: {error.strerror}") from None
    with made as place:
        yield Path(place)


def _upgraded(file: Path, folder: Path, live: Database) -> Database:
    """Return a copy of the copy that is up to date and can replace the live store page by page."""
    copy = folder / FILE_NAME
    sqlite.copy(file, copy, still=True)
    sqlite.match_pages(copy, live.path)
    return Database(folder)


def _renumber(fresh: Database, live: Database, clock: Callable[[], datetime]) -> None:
    """Give every feed and entry a newer number and date than the live store ever gave out."""
    with live.reading() as connection:
        before = feeds.next_revision(connection)
    with fresh.writing() as connection:
        number = max(before, feeds.next_revision(connection)) + _GAP
        # The live store has dated no change later than now.
        feeds.change_all(connection, number, clock() + timedelta(seconds=1))
        connection.execute(update(ARTICLES).values(number=number))
        key_values.set_setting(connection, key_values.RESTORED, clock().isoformat())
        # Some may have been deleted from the object store since the copy was made.
        stored_media.forget_all(connection)
