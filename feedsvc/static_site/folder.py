"""The folder of an edition: each file is there whole, and the manifest says what there is."""

from __future__ import annotations

import os
import shutil
import stat
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from typing import TYPE_CHECKING, Literal

import msgspec
from msgspec import Struct

from feedsvc.errors import FeedsvcError
from feedsvc.store.lock import Lock
from feedsvc.web.http.content_codings import SUFFIXES, siblings

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator
    from pathlib import Path

Stamp = tuple[int, int]
"""Size in bytes and time of change in nanoseconds."""

SITE, MANIFEST = "site", "manifest.json"
_LOCK, _FRESH = "build.lock", "fresh"

_SECOND = 10**9


class FileState(Struct, frozen=True, gc=False):
    """A document as it stands in the folder."""

    number: int
    """Of the last change to the feed before it was made."""
    until: datetime | None
    """When time alone changes it."""
    etag: str
    modified: int
    """Seconds since 1970: the time of its file and of those beside it."""
    sizes: dict[str, int]
    """Of its file and of those beside it, by their suffixes; its own is empty."""

    def stands(self, number: int, now: datetime) -> bool:
        """Tell whether it need not be made again."""
        return self.number == number and (self.until is None or now < self.until)


class Manifest(Struct):
    """What there is in the folder, by paths below the root of the site."""

    feedsvc: Literal["edition"]
    """What tells that the folder is one of feedsvc's."""
    made_with: str = ""
    documents: dict[str, FileState] = {}
    media: dict[str, Stamp] = {}
    """Pictures and sounds, as the newsroom's files were."""

    def names(self, path: str) -> bool:
        """Tell whether a file belongs to the site."""
        document, suffix = _parted(path)
        known = self.documents.get(document)
        return path in self.media or (known is not None and suffix in known.sizes)

    def paths(self) -> Iterator[str]:
        """Yield every file of the site."""
        yield from self.media
        for path, known in self.documents.items():
            yield from (path + suffix for suffix in known.sizes)


class SiteFolder:
    """A folder that nobody else writes to."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        """Take a folder that belongs to an edition; ``opened`` sees to that."""
        self.folder = folder
        self.site = folder / SITE
        self.manifest = manifest
        self._fresh = folder / _FRESH

    def holds(self, path: str, written: FileState) -> bool:
        """Tell whether the files of a document are there as they were written."""
        return all(
            stamp(self.site / f"{path}{suffix}") == (size, written.modified * _SECOND)
            for suffix, size in written.sizes.items()
        )

    def write(self, path: str, body: bytes, modified: int) -> dict[str, int]:
        """Write a document: in each coding first, so that none is older than the document itself.

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
        """Give a document that is there another date."""
        for suffix in suffixes:
            os.utime(self.site / f"{path}{suffix}", (modified, modified))

    def has(self, path: str, wanted: Stamp) -> bool:
        """Tell whether a picture or a sound is there as the newsroom's file was."""
        return stamp(self.site / path) == wanted

    def bring(self, path: str, source: Path) -> None:
        """Put a picture or a sound there: the newsroom's file itself where that can be."""
        target, real = self.site / path, source.resolve()
        target.parent.mkdir(parents=True, exist_ok=True)
        self._fresh.unlink(missing_ok=True)
        if not self._link(real):
            shutil.copyfile(real, self._fresh)
            known = real.stat()
            os.utime(self._fresh, ns=(known.st_mtime_ns, known.st_mtime_ns))
        self._fresh.rename(target)
        self._fresh.unlink(missing_ok=True)  # of two names of one file, renaming removes neither

    def _link(self, real: Path) -> bool:
        # Whoever gives out the site must be able to read it, too.
        if not real.stat().st_mode & stat.S_IROTH:
            return False
        try:
            self._fresh.hardlink_to(real)
        except OSError:  # another disk, or one without links
            return False
        return True

    def _begin(self, data: bytes) -> None:
        """Write a new file: one that was left there may be a picture of the newsroom."""
        self._fresh.unlink(missing_ok=True)
        self._fresh.write_bytes(data)

    def put(self, name: str, text: str) -> None:
        """Write a file beside the site, if it is not there just so."""
        file = self.folder / name
        if not file.is_file() or file.read_text(encoding="utf-8") != text:
            self._begin(text.encode())
            self._fresh.rename(file)

    def sweep(self, manifest: Manifest, *, look: bool) -> int:
        """Delete what no longer belongs to the site.

        :param manifest: what belongs to it.
        :param look: at all that there is, and not only at what the manifest had until now.
        :returns: how many documents, pictures and sounds that were.
        """
        gone: set[str] = set()
        for path in [*(self._found() if look else self.manifest.paths())]:
            if not manifest.names(path):
                (self.site / path).unlink(missing_ok=True)
                self._prune((self.site / path).parent)
                gone.add(_parted(path)[0])
        return len(gone)

    def _found(self) -> Iterator[str]:
        for folder, _, names in os.walk(self.site):
            below = os.path.relpath(folder, self.site)
            yield from (os.path.normpath(f"{below}/{name}") for name in names)

    def _prune(self, folder: Path) -> None:
        """Remove a folder that nothing is in any more, and those above it."""
        with suppress(OSError):  # one that is not empty
            while folder != self.site:
                folder.rmdir()
                folder = folder.parent

    def save(self, manifest: Manifest) -> None:
        """Say what there is now; on the disk before it is said."""
        self._begin(msgspec.json.encode(manifest, order="deterministic"))
        with self._fresh.open("rb") as file:
            os.fsync(file.fileno())
        self._fresh.rename(self.folder / MANIFEST)
        self.manifest = manifest


@contextmanager
def opened_folder(folder: Path) -> Generator[SiteFolder]:
    """Give the folder of an edition, made if need be; nobody else gets it meanwhile.

    :raises FeedsvcError: it is something else, in use, or cannot be written.
    """
    with ExitStack() as stack:
        with explaining_os_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
            _read(folder)  # which refuses what is not to be touched
            mine = stack.enter_context(Lock(folder / _LOCK).trying())
            if not mine:
                raise FeedsvcError(f'another "feedsvc build" writes to {folder}; let it end first')
            output = SiteFolder(folder, _read(folder))
            (folder / _FRESH).unlink(missing_ok=True)  # of one that was cut off
            if not (folder / MANIFEST).exists():
                output.save(output.manifest)  # before anything else is there
        yield output


@contextmanager
def explaining_os_errors(folder: Path) -> Generator[None]:
    """Turn what keeps an edition from being written into a sentence."""
    try:
        yield
    except OSError as error:
        raise FeedsvcError(f"{folder} cannot be written: {error.strerror}") from None


def _read(folder: Path) -> Manifest:
    """Return what an edition has; nothing where the folder is empty."""
    try:
        return msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except FileNotFoundError:
        foreign = any(file.name not in (_LOCK, _FRESH) for file in folder.iterdir())
    except msgspec.MsgspecError:
        foreign = True
    if foreign:
        raise FeedsvcError(
            f"{folder} is not empty, and no edition of feedsvc; nothing in it is touched, "
            "so name a new folder"
        )
    return Manifest("edition")


def _parted(path: str) -> tuple[str, str]:
    """Return the path of a document, and the suffix of the coding."""
    suffix = next((it for it in SUFFIXES.values() if path.endswith(it)), "")
    return path.removesuffix(suffix), suffix


def stamp(file: Path) -> Stamp | None:
    """Return what tells two states of a file apart; None where there is none.

    Not the time of change that a look at the records goes by: a link moves that.
    """
    try:
        known = file.stat()
    except OSError:
        return None
    return known.st_size, known.st_mtime_ns
