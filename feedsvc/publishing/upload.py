"""Keep the pictures and sounds that programs send, below ``media/``."""

from hashlib import sha256
from pathlib import Path, PurePosixPath

from msgspec import Struct

from feedsvc.config.settings import Config
from feedsvc.errors import ConflictError, Finding, PageError, RefusedError
from feedsvc.ingest.media import Library, Measure, media_type
from feedsvc.ingest.record.save import unwritable, write_record
from feedsvc.model.paths import MEDIA_FOLDER, media_path
from feedsvc.model.renditions import MOST_PIXELS
from feedsvc.model.text import slug

_SUFFIXES = {
    "image/jpeg": "jpg",
    "image/svg+xml": "svg",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "video/quicktime": "mov",
    "video/3gpp": "3gp",
    "video/ogg": "ogv",
}
"""Suffixes of the names of files that are not the second part of the media type."""
_ALL_SUFFIXES = (
    *_SUFFIXES.values(),
    *("png", "gif", "webp", "avif", "wav", "aac", "flac", "ogg", "mp4", "webm"),
)
_KINDS = ("image", "audio", "video")


class Upload(Struct, frozen=True):
    """A file that was sent."""

    measure: Measure
    url: str
    created: bool
    """Whether it was not there before."""

    @property
    def file(self) -> str:
        """Return the name by which a record names it."""
        return self.measure.path.removeprefix(f"{MEDIA_FOLDER}/")


class Uploads:
    """Keeps the files that programs send to one newsroom. Safe to share between threads."""

    def __init__(self, config: Config) -> None:
        self._config = config

    def keep(self, name: str, data: bytes) -> Upload:
        """Keep a file under its name, or with a number behind it where another file has that.

        :raises RefusedError: it is none that feeds carry.
        :raises DiskError: it cannot be written.
        """
        kind = _kind(data)
        stem = slug(PurePosixPath(name.replace("\\", "/")).stem) or kind.partition("/")[0]
        suffix = _SUFFIXES.get(kind, kind.partition("/")[2])
        file, number = self._config.media / f"{stem}.{suffix}", 1
        while not (there := _has(file, data)) and not self._write(file, data):
            number += 1
            file = self._config.media / f"{stem}-{number}.{suffix}"
        return self._upload(file, created=not there)

    def keep_sent(self, source: str, media_id: str, data: bytes) -> str:
        """Keep a file that another system sends by its id there; return its name.

        :returns: an empty name for a file of a kind that feeds do not carry, which is not kept.
        :raises RefusedError: it is too large a picture.
        :raises DiskError: it cannot be written.
        """
        if media_type(data).partition("/")[0] not in _KINDS:
            return ""
        return self.keep(_name(source, media_id), data).file

    def sent(self, source: str, media_id: str) -> str:
        """Return the name of a file that another system sent; empty if it did not."""
        stem = _name(source, media_id)
        names = (f"{stem}.{suffix}" for suffix in _ALL_SUFFIXES)
        return next((it for it in names if (self._config.media / it).is_file()), "")

    def keep_at(self, file: Path, data: bytes) -> Upload:
        """Keep a file at its place, also in the place of another one.

        :raises RefusedError: it is none that feeds carry.
        :raises ConflictError: another file has the name of its folder.
        :raises DiskError: it cannot be written.
        """
        _kind(data)
        created = not file.exists()
        if not _has(file, data):
            name = file.relative_to(self._config.root).as_posix()
            try:
                write_record(file, data, replace=True, check=self._check)
            except (FileExistsError, NotADirectoryError, IsADirectoryError):
                raise ConflictError(f"{name} cannot be both a file and a folder") from None
            except OSError as error:
                raise unwritable(name, error) from None
        return self._upload(file, created=created)

    def _write(self, file: Path, data: bytes) -> bool:
        """Write a file; return whether no other has its name."""
        try:
            write_record(file, data, check=self._check)
        except PageError:
            return False
        except OSError as error:
            raise unwritable(file.relative_to(self._config.root).as_posix(), error) from None
        return True

    def _check(self, draft: Path) -> None:
        """Check the size of a picture, which takes memory wherever it is shown.

        :raises RefusedError: it is too large.
        """
        measure = Library(self._config.root).measure(draft.resolve())
        width, height = measure.width or 0, measure.height or 0
        if width * height > MOST_PIXELS:
            sizes = f"{width:,} × {height:,} pixels; {MOST_PIXELS:,} are the most"
            raise _refusal(f"has {sizes}, so make it smaller")

    def _upload(self, file: Path, *, created: bool) -> Upload:
        measure = Library(self._config.root).measure(file)
        url = self._config.feeds.url + media_path(measure.digest, measure.path)
        return Upload(measure, url, created)


def _name(source: str, media_id: str) -> str:
    """Return the name, without suffix, of a file that another system knows by an id.

    It is found by the id alone, also with a store that was made anew.
    """
    digest = sha256(f"{source}/{media_id}".encode(errors="replace")).hexdigest()[:16]
    return "-".join(filter(None, (slug(PurePosixPath(media_id).stem, 30), digest)))


def _kind(data: bytes) -> str:
    """Return the media type of a picture, a sound or a film.

    :raises RefusedError: it is none that feeds carry.
    """
    kind = media_type(data)
    if kind.partition("/")[0] not in _KINDS:
        raise _refusal("is neither a picture, a sound nor a film of a kind that feeds carry")
    return kind


def _has(file: Path, data: bytes) -> bool:
    """Return whether a file is there, with exactly these bytes."""
    try:
        return file.stat().st_size == len(data) and file.read_bytes() == data
    except OSError:
        return False


def _refusal(message: str) -> RefusedError:
    return RefusedError([Finding("/file", message)])
