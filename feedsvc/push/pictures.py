"""Fetch pictures of other servers, measure or copy them, and forget the ones no article shows."""

import os
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from threading import Lock
from typing import IO

import msgspec
from msgspec.structs import replace

from feedsvc.config.settings import Config
from feedsvc.errors import FetchError
from feedsvc.ingest.media import Measure, measured
from feedsvc.model.paths import FETCHED
from feedsvc.push.http_client import HttpClient
from feedsvc.push.http_values import Answer, Limits
from feedsvc.store import article_files, outbox, remote_pictures
from feedsvc.store.database import Connection, Database
from feedsvc.store.outbox import Job
from feedsvc.store.remote_pictures import RemotePicture

LIMITS = Limits(size=20_000_000, seconds=60, redirects=3, type="image/")
"""Ten times the bytes that readers show without trouble, in a time that a slow server needs."""
_ENDINGS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/avif": "avif",
    "image/svg+xml": "svg",
}
"""The suffixes of copies, by the types that ``ingest.media`` knows."""
_PART = ".part-"
"""The beginning of the name of a copy that is not complete."""
_AGAIN = (404, 408, 421, 425, 429)
"""Answers of the kind 4xx that may be others soon: a picture may be published after its article."""


class Pictures:
    """Does the jobs about pictures. Safe to share between threads."""

    def __init__(
        self, config: Config, database: Database, client: HttpClient, clock: Callable[[], datetime]
    ) -> None:
        self._copy = config.remote_media.remote == "copy"
        self._state = config.state
        self._database = database
        self._client = client
        self._clock = clock
        self._copies = Lock()
        """Held while a copy and its row in the store change together."""

    def work(self, job: Job) -> None:
        """Fetch the picture of a job, or forget it where no article shows it.

        :raises FetchError: it cannot be fetched.
        """
        if self._forgotten(job):
            return
        with self._database.reading() as connection:
            known = remote_pictures.get_many(connection, [job.key]).get(job.key)
        if known and bool(known.path) == self._copy and self._is_there(known):
            with self._copies:
                self._record(job, known)
        else:
            self._fetch(job)

    def sweep(self, *, parts: bool = False) -> None:
        """Delete copies that no row names, and have missing ones fetched again.

        :param parts: delete incomplete copies, too; nothing is being fetched now.
        """
        folder = self._state / FETCHED
        files = folder.iterdir() if folder.is_dir() else ()
        names = {it.name for it in files if parts or not it.name.startswith(_PART)}
        with self._copies, self._database.reading() as connection:
            copies = remote_pictures.copies(connection)
            for path in {f"{FETCHED}/{name}" for name in names} - set(copies.values()):
                (self._state / path).unlink(missing_ok=True)
        lost = [url for url, path in copies.items() if not (self._state / path).is_file()]
        if lost:
            with self._database.writing(counted=False) as connection:
                outbox.add(connection, remote_pictures.JOB, lost, self._clock(), renew=False)

    def _is_there(self, picture: RemotePicture) -> bool:
        return not picture.path or (self._state / picture.path).is_file()

    def _fetch(self, job: Job) -> None:
        folder = self._state / FETCHED
        folder.mkdir(mode=0o700, exist_ok=True)
        with _part(folder) as file:
            answer = self._client.get(job.key, file.write, LIMITS)
            _check(answer, self._clock())
            file.flush()
            measure = measured("", Path(file.name))
            if measure.type not in _ENDINGS:
                kind = measure.type or "of a kind that feeds do not carry"
                raise FetchError(f"is {kind}, not a picture", permanent=True)
            if not self._copy:
                with self._copies:
                    self._record(job, _picture(job.key, measure))
                return
            os.fsync(file.fileno())
            name = f"{measure.original}.{_ENDINGS[measure.type]}"
            picture = _picture(job.key, replace(measure, path=f"{FETCHED}/{name}"))
            with self._copies:
                Path(file.name).replace(folder / name)
                self._record(job, picture)

    def _forgotten(self, job: Job) -> bool:
        """Forget the picture of a job if no article shows it; return whether none does."""
        with self._copies:
            # In one transaction, or a story that begins to show it meanwhile would not be heard.
            with self._database.writing(counted=False) as connection:
                if remote_pictures.is_used(connection, job.key):
                    return False
                left = self._forget(connection, job)
                outbox.finish(connection, job)
            self._delete(left)
        return True

    def _record(self, job: Job, picture: RemotePicture) -> None:
        """Record the result of a job, if it is still of use, and mark the records for reading."""
        with self._database.writing(counted=False) as connection:
            left = {*self._forget(connection, job), picture.path}
            if remote_pictures.is_used(connection, job.key):
                remote_pictures.keep(connection, picture)
                article_files.mark(connection, remote_pictures.files(connection, job.key))
            left = {it for it in left if it and not remote_pictures.is_copy(connection, it)}
            outbox.finish(connection, job)
        self._delete(left)

    def _forget(self, connection: Connection, job: Job) -> set[str]:
        """Remove the row of a picture; return the path of its copy if no other picture has it."""
        before = remote_pictures.get_many(connection, [job.key]).values()
        remote_pictures.forget(connection, job.key)
        paths = {picture.path for picture in before if picture.path}
        return {path for path in paths if not remote_pictures.is_copy(connection, path)}

    def _delete(self, copies: Iterable[str]) -> None:
        for path in copies:
            (self._state / path).unlink(missing_ok=True)


@contextmanager
def _part(folder: Path) -> Generator[IO[bytes]]:
    """Yield a file that is removed at the end, unless it was moved."""
    with NamedTemporaryFile(dir=folder, prefix=_PART, delete=False) as file:
        try:
            yield file
        finally:
            Path(file.name).unlink(missing_ok=True)


def _picture(url: str, measure: Measure) -> RemotePicture:
    return RemotePicture(url, measure.path, msgspec.json.encode(measure))


def _check(answer: Answer, now: datetime) -> None:
    """Refuse an answer that is no picture.

    :raises FetchError: it is none; one that may soon be another is not permanent.
    """
    status = answer.status
    if 200 <= status < 300:
        return
    permanent = 300 <= status < 500 and status not in _AGAIN
    raise FetchError(f"is answered {status}", permanent=permanent, after=answer.retry_after(now))
