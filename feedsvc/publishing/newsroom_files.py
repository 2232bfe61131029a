"""The files of a newsroom as programs keep them elsewhere: compare them, and take over pictures."""

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath

from feedsvc.config.regular_file import open_regular
from feedsvc.config.settings import Config
from feedsvc.errors import Finding, ForbiddenError, RefusedError
from feedsvc.ingest import files
from feedsvc.ingest.records import Records
from feedsvc.model.paths import ARTICLES, MEDIA_FOLDERS, below_articles
from feedsvc.model.publisher import Publisher
from feedsvc.publishing.upload import Upload, Uploads


class NewsroomFiles:
    """The files of one newsroom. Safe to share between threads.

    :param publish: publishes the records that name a picture, by its path.
    """

    def __init__(
        self,
        config: Config,
        records: Records,
        uploads: Uploads,
        publish: Callable[[str], None],
    ) -> None:
        self._config = config
        self._records = records
        self._uploads = uploads
        self._publish = publish

    def different(self, digests: Mapping[str, str]) -> list[str]:
        """Return the files that are not here with the bytes of their digests.

        :param digests: SHA-256 by paths below the newsroom's folder.
        """
        return [path for path, digest in digests.items() if self._digest(path) != digest]

    def _digest(self, path: str) -> str:
        """Return the SHA-256 of a file; empty where there is none that feedsvc reads."""
        if not self._is_file(path):
            return ""
        record = below_articles(path)
        if record != path and files.is_record(record):
            return self._records.digest(record)
        try:
            with open_regular(self._config.root / path) as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except (OSError, ValueError):
            return ""

    def _is_file(self, path: str) -> bool:
        """Return whether a path can be that of a record, or of a picture or a sound."""
        folder, _, below = path.partition("/")
        return folder in MEDIA_FOLDERS and files.is_path(below) and self._is_inside(folder, below)

    def _is_inside(self, folder: str, below: str) -> bool:
        base = self._config.root / folder
        return files.is_visible(base, below) and not (base / below).is_symlink()

    def keep(self, path: str, data: bytes, by: Publisher) -> Upload:
        """Keep a picture, a sound or a film at its path, and publish the records that name it.

        :param path: below the newsroom's folder.
        :raises FeedsvcError: it is not kept; the message says why.
        """
        if not self._is_file(path) or files.is_record(below_articles(path)):
            message = "must be the path of a picture or sound, such as articles/world/flood.jpg"
            raise RefusedError([Finding("/file", message)])
        file = self._config.root / path
        self._check_rights(path, file, by)
        upload = self._uploads.keep_at(file, data)
        self._publish(path)
        return upload

    def _check_rights(self, path: str, file: Path, by: Publisher) -> None:
        """Check that a publisher may keep a file.

        :raises ForbiddenError: it may not.
        """
        folder = PurePosixPath(path).parent
        below = folder.relative_to(ARTICLES) if folder.is_relative_to(ARTICLES) else None
        if by.sections and not (below and by.may_write_in({below.as_posix()})):
            allowed = " and ".join(by.sections)
            raise ForbiddenError(f"this token is for the folders of {allowed} below articles/ only")
        if not by.may("write") and file.exists():
            raise ForbiddenError("replacing a file needs a token with the scope write", "write")
