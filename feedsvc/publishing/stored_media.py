"""Pictures and sounds in the object store: an article is published when all of its own are there.

A job puts them there, and then the record is read again, so that the article goes the way of every
change. Until then the article stays as it was. One under embargo does not wait: nothing of it may
be in the store before its moment, so feedsvc gives its pictures out itself for the first seconds.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from msgspec.structs import replace

from feedsvc.config.settings import Config
from feedsvc.ingest.article_file import ReadFile
from feedsvc.publishing.known_media import known
from feedsvc.store import media, outbox, stored_media
from feedsvc.store.database import Connection
from feedsvc.store.stored_media import JOB, MediaKey


def ready(
    connection: Connection, files: Collection[ReadFile], config: Config, now: datetime
) -> list[ReadFile]:
    """Return the files whose articles may be published; ask for all others to be stored."""
    settings = config.remote_media
    if not settings.store:
        return [*files]
    keys = {file.path: _keys(file) for file in files}
    there = stored_media.stored(connection, set[MediaKey]().union(*keys.values()), settings.store)
    missing = {path: these - there for path, these in keys.items()}
    waiting = [it for it in files if missing[it.path] and it.article and it.article.usable(now)]
    awaited = {file.path: missing[file.path] for file in waiting}
    stop_waiting(connection, keys)
    stored_media.wait(connection, awaited)
    media.measured(connection, (known(it) for file in waiting for it in file.files))
    _ask(connection, files, missing, now)
    ended = [it.article.id for it in files if it.article and it.article.status != "usable"]
    release(connection, ended, now)
    rest = (it for it in files if it.path not in awaited)
    return [it if missing[it.path] else _stored(it, settings.url) for it in rest]


def stop_waiting(connection: Connection, paths: Iterable[str]) -> None:
    """Forget that records wait for their pictures and sounds, as their files are gone."""
    stored_media.wait(connection, dict.fromkeys(paths, ()))


def release(connection: Connection, ids: Iterable[str], now: datetime) -> None:
    """Ask for the pictures and sounds of some articles to be deleted, unless others show them."""
    outbox.add(connection, JOB, map(str, stored_media.kept_by(connection, ids)), now)


def _keys(file: ReadFile) -> set[MediaKey]:
    """Return the pictures and sounds of a usable article."""
    if not file.article or file.article.status != "usable":
        return set()
    return {MediaKey(it.digest, it.path) for it in file.files}


def _ask(
    connection: Connection,
    files: Iterable[ReadFile],
    missing: Mapping[str, Collection[MediaKey]],
    now: datetime,
) -> None:
    """Ask for missing pictures and sounds, each at the moment at which readers may have it."""
    due = defaultdict[datetime, set[str]](set)
    for article in (it.article for it in files if it.article):
        if article.expires is None or article.expires > now:
            due[max(now, article.released)].update(map(str, missing.get(article.path, ())))
    for moment, keys in sorted(due.items(), reverse=True):
        outbox.add(connection, JOB, keys, moment)


def _stored(file: ReadFile, url: str) -> ReadFile:
    """Return a file whose article has its pictures and sounds at another server."""
    record, article = file.record, file.article
    if record is None or article is None or not file.files:
        return file
    return replace(file, record=replace(record, article=replace(article, media_at=url)))
