"""Find the media file at an address."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from threading import Lock

from cachetools import LRUCache
from msgspec import Struct

from feedsvc.config.regular_file import open_regular, stamp_of
from feedsvc.config.settings import Config
from feedsvc.errors import GoneError, NotFoundError
from feedsvc.model.digests import media_digest
from feedsvc.model.paths import FETCHED, MEDIA_FOLDERS, RENDITIONS, media_path
from feedsvc.model.published_file import ChangedError, PublishedFile
from feedsvc.model.renditions import is_rendition, rendition_file
from feedsvc.store import media
from feedsvc.store.database import Database
from feedsvc.store.media import KnownMedia

VERIFIED = 4096
"""Files whose verification is remembered."""

BIG = 16 << 20
"""Bytes of a file that takes so long to verify that only one is verified at a time."""


class MediaFile(Struct, frozen=True):
    """A picture or sound of the newsroom at an address."""

    media: KnownMedia
    url: str
    """Its current address: root-relative, with its digest."""
    current: bool
    """Whether it was requested at its current address."""


class MediaFiles:
    """The pictures and sounds of one newsroom. Safe to share between threads."""

    def __init__(self, config: Config, database: Database) -> None:
        self._root, self._state = config.root, config.state
        self._database = database
        self._verified = LRUCache[tuple[str, str, tuple[int, int]], bool](VERIFIED)
        self._lock = Lock()
        self._verifying = Lock()

    def find(self, digest: str, path: str, now: datetime) -> MediaFile:
        """Return a picture or sound of the newsroom.

        :param digest: the one in the requested address.
        :raises NotFoundError: no article that readers may have shows such a file.
        :raises GoneError: it was withdrawn with its article, or replaced under other words.
        """
        with self._database.reading() as connection:
            address = media.find(connection, path, digest, now)
        if address is None or not address.shown:
            if address and address.withdrawn:
                raise GoneError("this was withdrawn together with its article")
            raise _missing(path)  # the same, whether it is under embargo or never was here
        known = address.media
        # Addresses had the digest of the whole file before parts of it were left out.
        current = digest in (known.digest, known.original)
        if not current and address.ended:
            raise GoneError("this was replaced by another, with other words")
        if not current and not address.former:
            raise _missing(path)
        return MediaFile(known, media_path(known.digest, path), current)

    def open(self, known: KnownMedia) -> PublishedFile:
        """Open a media file, to read exactly the bytes whose digest is in its address.

        :raises NotFoundError: the file changed, and its record was not read again yet.
        :raises BlockingIOError: another big file is being verified just now.
        """
        published = self._open(known)
        try:
            if self._is_unchanged(known, published):
                return published
        except ChangedError:
            pass
        except BaseException:
            published.close()
            raise
        published.close()
        raise _missing(known.path)

    def source(self, known: KnownMedia) -> Path:
        """Return the file whose parts are published: the newsroom's own, or a copy."""
        if is_rendition(known.path):
            return self._state / rendition_file(known.digest, known.path)
        return (self._state if _is_copy(known) else self._root) / known.path

    def served(self, now: datetime) -> Iterator[KnownMedia]:
        """Yield all pictures and sounds that may be served."""
        with self._database.reading() as connection:
            yield from media.served(connection, now)

    def _open(self, known: KnownMedia) -> PublishedFile:
        """Open a file inside of the folders of media, which no link may lead out of."""
        source = self.source(known)
        try:
            file = open_regular(source)
        except (OSError, ValueError):
            raise _missing(known.path) from None
        names = (FETCHED, RENDITIONS) if _is_copy(known) else MEDIA_FOLDERS
        root = self._state if _is_copy(known) else self._root
        if any(source.resolve().is_relative_to((root / it).resolve()) for it in names):
            return PublishedFile(file, known.parts)
        file.close()
        raise _missing(known.path)

    def _is_unchanged(self, known: KnownMedia, published: PublishedFile) -> bool:
        """Return whether a file is still the one that was measured."""
        stamp = stamp_of(published.status)
        if stamp == known.stamp:
            return True
        key = known.path, known.digest, stamp
        with self._lock:
            verified = self._verified.get(key)
        if verified is not None:
            return verified
        big = published.length > BIG
        if big and not self._verifying.acquire(blocking=False):
            raise BlockingIOError
        try:
            same = media_digest(published) == known.digest
        finally:
            if big:
                self._verifying.release()
        published.seek(0)
        with self._lock:
            self._verified[key] = same
        return same


def _is_copy(known: KnownMedia) -> bool:
    return known.path.startswith((f"{FETCHED}/", f"{RENDITIONS}/"))


def _missing(path: str) -> NotFoundError:
    return NotFoundError(f'there is no picture or sound "{path}" here')
