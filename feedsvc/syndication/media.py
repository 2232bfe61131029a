"""Find the media file at an address."""

from datetime import datetime
from pathlib import Path

from msgspec import Struct

from feedsvc.config.settings import Config
from feedsvc.errors import GoneError, NotFoundError
from feedsvc.model.paths import media_path
from feedsvc.store import media
from feedsvc.store.database import Database


class MediaFile(Struct, frozen=True):
    """A picture or sound of the newsroom, ready to be sent."""

    file: Path
    type: str
    url: str
    """Its current address: root-relative, with its digest."""
    current: bool
    """Whether it was requested at its current address."""


class MediaFiles:
    """The pictures and sounds of one newsroom. Safe to share between threads."""

    def __init__(self, config: Config, database: Database) -> None:
        self._root = config.root
        self._database = database

    def find(self, digest: str, path: str, now: datetime) -> MediaFile:
        """Return a picture or sound of the newsroom.

        :param digest: the one in the requested address.
        :raises NotFoundError: no published record names such a file.
        :raises GoneError: it was withdrawn with its article.
        """
        with self._database.reading() as connection:
            known = media.find(connection, path)
        if known is None:
            raise NotFoundError(f'there is no picture or sound "{path}" here')
        if known.gone:
            raise GoneError("this was withdrawn together with its article")
        if known.released > now or not media.unchanged(self._root, path, known):
            # It is under embargo, or the file changed and its record was not read again yet.
            raise NotFoundError(f'there is no picture or sound "{path}" here now')
        return MediaFile(
            file=self._root / path,
            type=known.type,
            url=media_path(known.digest, path),
            current=known.digest == digest,
        )

    def served(self, now: datetime) -> dict[str, str]:
        """Return the digests of all pictures and sounds that may be served, by their paths."""
        with self._database.reading() as connection:
            return media.served(connection, now)
