"""Make smaller copies of the newsroom's pictures, and delete the ones that no article shows."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock

import msgspec
from msgspec import structs

from feedsvc.config.settings import Config
from feedsvc.errors import FetchError, NotFoundError
from feedsvc.ingest.media import measured
from feedsvc.model.paths import RENDITIONS
from feedsvc.model.published_file import ChangedError
from feedsvc.model.renditions import RenditionFile, Renditions, Resized
from feedsvc.store import article_files, media, outbox, renditions
from feedsvc.store.database import Connection, Database
from feedsvc.store.media import KnownMedia
from feedsvc.store.outbox import Job
from feedsvc.syndication.media import MediaFiles

_SECONDS = 120
"""Seconds for one picture: its process ends itself after half as many of processor time."""
_TOO_LONG = "takes too long to be decoded"
_PART = ".part-"
"""The beginning of the name of a folder in which copies are being made."""
_START = "import sys; sys.path[:] = sys.argv[1:]; from feedsvc.push.resizing import main; main()"
"""The program of the process. It must find the same modules, wherever they are."""


class PictureSizes:
    """Does the jobs about smaller copies of pictures. Safe to share between threads."""

    def __init__(self, config: Config, database: Database, clock: Callable[[], datetime]) -> None:
        self._wanted = config.remote_media.renditions
        self._state = config.state
        self._database = database
        self._clock = clock
        self._files = MediaFiles(config, database)
        self._copies = Lock()
        """Held while copies and their rows in the store change together."""

    def work(self, job: Job) -> None:
        """Make the copies of a picture, or delete them where no article shows it.

        :raises FetchError: that is not possible now.
        """
        known = self._shown(job)
        if known is None:
            return
        with self._database.reading() as connection:
            made = renditions.get_many(connection, [job.key]).get(job.key)
        if made and all((self._state / it.file).is_file() for it in made.files):
            self._record(job, made)
        else:
            self._make(job, known)

    def sweep(self, *, parts: bool = False) -> None:
        """Delete copies that no article shows, and have missing ones made again.

        :param parts: delete incomplete copies, too; nothing is being made now.
        """
        with self._copies, self._database.reading() as connection:
            made = renditions.everything(connection)
            again = renditions.unused(connection) if self._wanted else {*made}
            kept = {Path(it.file).name for result in made.values() for it in result.files}
            there = self._there(parts=parts)
            for file in there.keys() - kept:
                _remove(there[file])
        lost = kept - there.keys()
        again |= {
            source
            for source, result in made.items()
            if any(Path(it.file).name in lost for it in result.files)
        }
        if again:
            with self._database.writing(counted=False) as connection:
                outbox.add(connection, renditions.JOB, again, self._clock())

    def _there(self, *, parts: bool) -> dict[str, Path]:
        """Return all files in the folder of copies, by their names.

        :param parts: also the folders in which copies were being made.
        """
        folder = self._state / RENDITIONS
        files = folder.iterdir() if folder.is_dir() else ()
        return {it.name: it for it in files if parts or not it.name.startswith(_PART)}

    def _make(self, job: Job, known: KnownMedia) -> None:
        folder = self._state / RENDITIONS
        folder.mkdir(mode=0o700, exist_ok=True)
        with TemporaryDirectory(dir=folder, prefix=_PART) as part:
            result = self._resized(known, Path(part))
            files = [_measured(Path(part) / name) for name in result.names]
            made = Renditions(files=tuple(files), **structs.asdict(result))
            with self._copies:
                for file in files:
                    (Path(part) / file.name).replace(self._state / file.file)
                self._record(job, made)

    def _resized(self, known: KnownMedia, part: Path) -> Resized:
        """Return the result of the process that makes the copies of a picture.

        :raises FetchError: it cannot be read or made now.
        """
        try:
            with self._files.open(known) as content, (part / "source").open("w+b") as source:
                shutil.copyfileobj(content, source)
                source.seek(0)
                done = subprocess.run(  # noqa: S603  no word of it comes from outside
                    [sys.executable, "-c", _START, *sys.path],
                    cwd=part,
                    stdin=source,
                    capture_output=True,
                    timeout=_SECONDS,
                    check=False,
                )
        except subprocess.TimeoutExpired:
            return Resized(fault=_TOO_LONG)
        except (NotFoundError, ChangedError, BlockingIOError) as error:
            raise FetchError(f"cannot be read now: {error}") from None
        if done.returncode < 0:
            return Resized(fault=_TOO_LONG)
        if done.returncode:
            raise FetchError(f"cannot be made smaller: {done.stderr.decode()[-200:].strip()}")
        return msgspec.json.decode(done.stdout, type=Resized)

    def _record(self, job: Job, made: Renditions) -> None:
        """Record the result of a job, if it is still of use, and mark the records for reading."""
        with self._database.writing(counted=False) as connection:
            before = renditions.get_many(connection, [job.key]).get(job.key, Renditions())
            if records := renditions.records(connection, job.key):
                renditions.keep(connection, job.key, made)
                article_files.mark(connection, records)
            else:
                renditions.forget(connection, job.key)
            left = self._left(connection, (*before.files, *made.files))
            outbox.finish(connection, job)
        _remove(*left)

    def _shown(self, job: Job) -> KnownMedia | None:
        """Return the picture of a job; where no article shows it, forget its copies."""
        with self._copies:
            # In one transaction, or a story that begins to show it meanwhile would not be heard.
            with self._database.writing(counted=False) as connection:
                if self._wanted and (known := media.shown_with(connection, job.key)):
                    return known
                made = renditions.get_many(connection, [job.key]).get(job.key, Renditions())
                renditions.forget(connection, job.key)
                left = self._left(connection, made.files)
                outbox.finish(connection, job)
            _remove(*left)
        return None

    def _left(self, connection: Connection, files: Iterable[RenditionFile]) -> list[Path]:
        """Return the files among some that no picture has any more."""
        digests = {it.digest for it in files}
        gone = digests - renditions.in_use(connection, digests)
        return [self._state / it.file for it in files if it.digest in gone]


def _measured(file: Path) -> RenditionFile:
    """Return the facts about a copy, after the disk has it whole."""
    with file.open("rb") as data:
        os.fsync(data.fileno())
    known = measured("", file)
    return RenditionFile(
        name=file.name,
        digest=known.digest,
        type=known.type,
        length=known.length,
        width=known.width or 0,
        height=known.height or 0,
        modified=known.stamp[1],
    )


def _remove(*paths: Path) -> None:
    for path in paths:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
