"""A folder of records, pictures and sounds, as ``feedsvc push`` sends it to a server."""

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from feedsvc.config.load import load
from feedsvc.config.regular_file import open_regular
from feedsvc.errors import FeedsvcError
from feedsvc.ingest.files import is_record, walk_all
from feedsvc.ingest.media import media_type
from feedsvc.ingest.record.content import content_of
from feedsvc.ingest.record.dates import parse_date
from feedsvc.model.paths import ARTICLES, MEDIA_FOLDER, below_articles

_HEAD = 1 << 16
"""Bytes, from the beginning of a file, that tell its type."""
_FIRST = datetime.min.replace(tzinfo=UTC)


class LocalFolder:
    """The folder of a newsroom, or one that holds records like its ``articles/``."""

    def __init__(self, folder: Path) -> None:
        inner = folder / ARTICLES
        self._places = {ARTICLES: inner if inner.is_dir() else folder}
        if inner.is_dir() and (folder / MEDIA_FOLDER).is_dir():
            self._places[MEDIA_FOLDER] = folder / MEDIA_FOLDER
        self._zone = ZoneInfo("UTC")
        if (folder / "config.toml").is_file():
            with suppress(FeedsvcError):  # the server has a configuration of its own
                self._zone = ZoneInfo(load(folder / "config.toml").site.timezone)

    def names(self) -> Iterator[str]:
        """Yield the paths that records, pictures and sounds have in a newsroom's folder.

        :raises OSError: a folder cannot be read.
        """
        for place, top in self._places.items():
            for file in walk_all(top):
                path = f"{place}/{file.relative_to(top).as_posix()}"
                if is_sent_as_record(path) or _is_media(file):
                    yield path

    def _file(self, name: str) -> Path:
        place, _, path = name.partition("/")
        return self._places[place] / path

    def read(self, name: str) -> bytes:
        """Return the bytes of a file.

        :raises OSError: it cannot be read.
        :raises ValueError: it is no plain file.
        """
        with open_regular(self._file(name)) as file:
            return file.read()

    def digest(self, name: str) -> tuple[str, int]:
        """Return the SHA-256 of a file, and its length.

        :raises OSError: it cannot be read.
        :raises ValueError: it is no plain file.
        """
        with open_regular(self._file(name)) as file:
            return hashlib.file_digest(file, "sha256").hexdigest(), file.tell()

    def released(self, name: str) -> datetime:
        """Return the date of a record's article, the earliest possible one where it has none.

        Archives of feeds hold articles in the order in which they came, so older ones go first.
        """
        try:
            content: dict[str, Any] = content_of(name, self.read(name))
            typed = content.get("embargoed") or content["published"]
            return parse_date(typed, self._zone)
        except (FeedsvcError, OSError, ValueError, KeyError, AttributeError, TypeError):
            return _FIRST


def is_sent_as_record(path: str) -> bool:
    """Return whether a file is a record, and not a picture or a sound.

    :param path: in a newsroom's folder.
    """
    return path != below_articles(path) and is_record(below_articles(path))


def _is_media(file: Path) -> bool:
    try:
        with open_regular(file) as data:
            kind = media_type(data.read(_HEAD))
    except (OSError, ValueError):
        return False
    return kind.partition("/")[0] in ("image", "audio", "video")
