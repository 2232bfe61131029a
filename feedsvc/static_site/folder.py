"""The folder of a static site: each file is replaced whole, and a manifest lists them all."""

import os
import shutil
import stat
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec
from msgspec import Struct

from feedsvc.errors import FeedsvcError
from feedsvc.model.published_file import PublishedFile
from feedsvc.store.lock import try_lock
from feedsvc.web.http.content_codings import SUFFIXES, siblings

Stamp = tuple[int, int]
"""Size in bytes and time of change in nanoseconds."""

SITE, MANIFEST = "site", "manifest.json"
_LOCK, _FRESH = "build.lock", "fresh"

_SECOND = 10**9
"""Nanoseconds."""


class Rendered(NamedTuple):
    """A document of the site, ready to be written."""

    body: bytes
    etag: str
    modified: datetime
    until: datetime | None
    """When time alone changes it."""

    def dated(self, now: datetime) -> "Rendered":
        """Return it with a date that is not in the future; then it is dated again."""
        if self.modified <= now:
            return self
        until = min(self.until, self.modified) if self.until else self.modified
        return self._replace(modified=now, until=until)


class SiteFile(NamedTuple):
    """A document of the site, which is rendered only if it must be written."""

    path: str
    revision: int
    """Of the last change to its content."""
    render: Callable[[], Rendered]


class FileState(Struct, frozen=True, gc=False):
    """A document as it was written."""

    revision: int = msgspec.field(name="number")
    """Of the last change to its content before it was rendered."""
    until: datetime | None
    """When time alone changes it."""
    etag: str
    modified: int
    """Seconds since 1970: the time of its file and of the coded files beside it."""
    sizes: dict[str, int]
    """The bytes of its file (empty suffix) and of the coded files beside it, by suffixes."""

    def is_valid(self, revision: int, now: datetime) -> bool:
        """Return whether it need not be rendered again."""
        return self.revision == revision and (self.until is None or now < self.until)


class Manifest(Struct):
    """The files of a static site, by paths below its root."""

    feedsvc: Literal["edition"]
    """The mark of a folder that feedsvc may write to; static sites were called so at first."""
    made_with: str = ""
    documents: dict[str, FileState] = {}
    media: dict[str, Stamp] = {}
    """Pictures and sounds, as the newsroom's files were."""

    def lists(self, path: str) -> bool:
        """Return whether a file belongs to the site."""
        document, suffix = _split(path)
        known = self.documents.get(document)
        return path in self.media or (known is not None and suffix in known.sizes)

    def paths(self) -> Iterator[str]:
        """Yield every file of the site."""
        yield from self.media
        for path, known in self.documents.items():
            yield from (path + suffix for suffix in known.sizes)


class SiteFolder:
    """The folder of a static site that only this process writes to, by ``opened_folder``."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.path = folder
        self.site = folder / SITE
        self.manifest = manifest
        self._fresh = folder / _FRESH

    def holds(self, path: str, written: FileState) -> bool:
        """Return whether the files of a document are there as they were written."""
        return all(
            stamp(self.site / f"{path}{suffix}") == (size, written.modified * _SECOND)
            for suffix, size in written.sizes.items()
        )

    def write(self, path: str, body: bytes, modified: int) -> dict[str, int]:
        """Write a document, its coded files first, so that none is older than the document itself.

        :returns: the sizes of its files by their suffixes.
        """
        target = self.site / path
        target.parent.mkdir(parents=True, exist_ok=True)
        sizes: dict[str, int] = {}
        for suffix, data in (*siblings(body), ("", body)):
            self._begin(data)
            os.utime(self._fresh, (modified, modified))
            self._fresh.rename(f"{target}{suffix}")
            sizes[suffix] = len(data)
        return sizes

    def date(self, path: str, suffixes: Iterable[str], modified: int) -> None:
        """Change the date of a document."""
        for suffix in suffixes:
            os.utime(self.site / f"{path}{suffix}", (modified, modified))

    def holds_media(self, path: str, written: Stamp, source: Path, *, linked: bool) -> bool:
        """Return whether a picture or a sound is there as it was added.

        :param linked: whether it may be a link to the newsroom's file.
        """
        target = self.site / path
        return stamp(target) == written and (linked or not target.samefile(source))

    def add(self, path: str, content: PublishedFile, _kind: str, source: Path | None) -> None:
        """Add a picture or a sound.

        :param source: the newsroom's file, if a hard link to it may take the place of a copy.
        """
        target = self.site / path
        target.parent.mkdir(parents=True, exist_ok=True)
        self._fresh.unlink(missing_ok=True)
        if source is None or not self._link(source.resolve()):
            with self._fresh.open("wb") as fresh:
                shutil.copyfileobj(content, fresh)
            modified = content.status.st_mtime_ns
            os.utime(self._fresh, ns=(modified, modified))
        self._fresh.rename(target)
        self._fresh.unlink(missing_ok=True)  # of two names of one file, renaming removes neither

    def _link(self, real: Path) -> bool:
        # The server of the site must be able to read it.
        if not real.stat().st_mode & stat.S_IROTH:
            return False
        try:
            self._fresh.hardlink_to(real)
        except OSError:  # another disk, or one without links
            return False
        return True

    def _begin(self, data: bytes) -> None:
        """Write a new file, never into an old one: that may be a link to a newsroom's picture."""
        self._fresh.unlink(missing_ok=True)
        self._fresh.write_bytes(data)

    def put(self, name: str, text: str) -> None:
        """Write a text file beside the site, if it changed."""
        file = self.path / name
        if not file.is_file() or file.read_text(encoding="utf-8") != text:
            self._begin(text.encode())
            self._fresh.rename(file)

    def sweep(self, manifest: Manifest, *, verify: bool) -> int:
        """Delete files that no longer belong to the site.

        :param manifest: the files that belong to it.
        :param verify: whether to look for files on the disk, or only in the manifest before.
        :returns: how many documents, pictures and sounds were deleted.
        """
        gone: set[str] = set()
        for path in [*(self._files() if verify else self.manifest.paths())]:
            if not manifest.lists(path):
                (self.site / path).unlink(missing_ok=True)
                self._prune((self.site / path).parent)
                gone.add(document_of(path))
        return len(gone)

    def _files(self) -> Iterator[str]:
        for folder, _, names in os.walk(self.site):
            below = os.path.relpath(folder, self.site)
            yield from (os.path.normpath(f"{below}/{name}") for name in names)

    def _prune(self, folder: Path) -> None:
        """Remove a folder that is empty now, and the folders above it that become empty."""
        with suppress(OSError):  # one that is not empty
            while folder != self.site:
                folder.rmdir()
                folder = folder.parent

    def save(self, manifest: Manifest) -> None:
        """Save the manifest, after the disk has it whole."""
        self._begin(msgspec.json.encode(manifest, order="deterministic"))
        with self._fresh.open("rb") as file:
            os.fsync(file.fileno())
        self._fresh.rename(self.path / MANIFEST)
        self.manifest = manifest


@contextmanager
def opened_folder(folder: Path) -> Generator[SiteFolder]:
    """Open the folder of a static site, which is created if need be, and lock it.

    :raises FeedsvcError: it is something else, in use, or cannot be written.
    """
    with ExitStack() as stack:
        with explaining_os_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
            _read(folder)  # refuses a folder that is something else
            mine = stack.enter_context(try_lock(folder / _LOCK))
            if not mine:
                raise FeedsvcError(f'another "feedsvc build" writes to {folder}; let it end first')
            site = SiteFolder(folder, _read(folder))
            (folder / _FRESH).unlink(missing_ok=True)  # of one that was cut off
            if not (folder / MANIFEST).exists():
                site.save(site.manifest)  # before anything else is there
        yield site


@contextmanager
def explaining_os_errors(folder: Path | str) -> Generator[None]:
    """Turn an OSError in the folder into a sentence."""
    try:
        yield
    except OSError as error:
        raise FeedsvcError(f"{folder} cannot be written: {error.strerror}") from None


def _read(folder: Path) -> Manifest:
    """Return the manifest of a folder; an empty one where the folder is empty."""
    try:
        return msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except FileNotFoundError:
        foreign = any(file.name not in (_LOCK, _FRESH) for file in folder.iterdir())
    except msgspec.MsgspecError:
        foreign = True
    if foreign:
        raise FeedsvcError(
            f"{folder} is not empty, and no site built by feedsvc; nothing in it is touched, "
            "so name a new folder"
        )
    return Manifest("edition")


def document_of(path: str) -> str:
    """Return the path of the document that a file has in a coding."""
    return _split(path)[0]


def _split(path: str) -> tuple[str, str]:
    """Return the path of a document, and the suffix of the coding."""
    suffix = next((it for it in SUFFIXES.values() if path.endswith(it)), "")
    return path.removesuffix(suffix), suffix


def stamp(file: Path) -> Stamp | None:
    """Return size and time of a file, which change with its content; None where there is none.

    Not its ctime, which the scan of article files uses: adding a link changes that.
    """
    try:
        state = file.stat()
    except OSError:
        return None
    return state.st_size, state.st_mtime_ns
