"""The static site in an object store: each object is replaced whole, the manifest last."""

import hashlib
from collections.abc import Generator, Iterable
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from mimetypes import guess_type
from pathlib import Path
from typing import IO, cast

import msgspec

from feedsvc.config.settings import Config
from feedsvc.config.store_address import store_address
from feedsvc.errors import FeedsvcError
from feedsvc.model.feed import FILES, MEDIA_TYPES
from feedsvc.model.paths import OUTLINES, WELL_KNOWN_FEEDS
from feedsvc.model.published_file import PublishedFile
from feedsvc.push.media_uploads import CACHING
from feedsvc.push.object_store import Bucket
from feedsvc.static_site.folder import MANIFEST, SITE, FileState, Manifest, Stamp, document_of
from feedsvc.store.lock import try_lock

_LOCK = "build.lock"
"""In the state folder: it keeps two builds of a newsroom from writing at once."""
_AT_ONCE = 16
"""Documents that are sent at the same time: a store takes some time for each."""
_MOST = 200
"""Documents in memory that are being sent or are to be sent."""
_FEEDS = frozenset(FILES.values())
_ARCHIVE = "archive"
"""The part of a path that no section has, but archives do."""
_TYPES = {FILES[format]: kind for format, kind in MEDIA_TYPES.items()} | {
    path.rpartition("/")[2]: "text/x-opml" for path in (OUTLINES, WELL_KNOWN_FEEDS)
}
"""The types of files by their names, which are not to be guessed from their suffixes."""


class SiteBucket:
    """A static site in an object store that only this process writes to, by ``opened_bucket``.

    :param threads: send documents.
    """

    def __init__(
        self, name: str, store: Bucket, caching: str, manifest: Manifest, threads: Executor
    ) -> None:
        self.path = name
        self.manifest = manifest
        self._store = store
        self._caching = caching
        self._there: dict[str, tuple[int, str]] = {}
        """Size and MD5 of the objects, by their keys."""
        self._threads = threads
        self._sending: list[Future[None]] = []

    def look(self) -> None:
        """Look at the objects that are there."""
        self._there = {it.key: (it.size, it.etag) for it in self._store.objects()}

    def holds(self, path: str, written: FileState) -> bool:
        """Return whether a document is there with its size."""
        return self._size(path) == written.sizes.get("")

    def write(self, path: str, body: bytes, _modified: int) -> dict[str, int]:
        """Write a document, unless it is there already, as after a build that was cut off."""
        leads = path.rpartition("/")[2] in _FEEDS and f"/{_ARCHIVE}/" not in f"/{path}"
        if leads or len(self._sending) == _MOST:
            self.wait()  # until the archives are there that it leads to
        self._sending.append(self._threads.submit(self._put, f"{SITE}/{path}", body))
        return {"": len(body)}

    def wait(self) -> None:
        """Wait until all documents are there that are being sent.

        :raises FetchError: one could not be sent.
        """
        sending, self._sending = self._sending, []
        for one in wait(sending).done:
            one.result()

    def date(self, path: str, suffixes: Iterable[str], modified: int) -> None:
        """Keep the date that the store gives a document."""

    def holds_media(self, path: str, written: Stamp, _source: Path, **_linked: bool) -> bool:
        """Return whether a picture or a sound is there with its size."""
        return self._size(path) == written[0]

    def add(self, path: str, content: PublishedFile, kind: str, _source: Path | None) -> None:
        """Add a picture or a sound; its key holds a digest, so one that is there is the same."""
        if self._size(path) != content.length:
            self._store.put(f"{SITE}/{path}", cast("IO[bytes]", content), kind, CACHING)
            self._there[f"{SITE}/{path}"] = content.length, ""

    def put(self, name: str, text: str) -> None:
        """Write a text beside the site, if it changed."""
        self._put(name, text.encode())

    def sweep(self, manifest: Manifest, *, verify: bool) -> int:
        """Delete objects that no longer belong to the site; return how many documents they were.

        :param verify: whether to look at all objects, or only at the manifest before.
        """
        self.wait()  # nothing is deleted before all is there
        known = (key.removeprefix(f"{SITE}/") for key in self._there if key.startswith(SITE))
        paths = [*(known if verify else self.manifest.paths())]
        gone = {path for path in paths if not manifest.lists(path)}
        if gone:
            self._store.delete(f"{SITE}/{path}" for path in sorted(gone))
        for path in gone:
            self._there.pop(f"{SITE}/{path}", None)
        return len({*map(document_of, gone)})

    def save(self, manifest: Manifest) -> None:
        """Save the manifest."""
        self._put(MANIFEST, msgspec.json.encode(manifest, order="deterministic"))
        self.manifest = manifest

    def _size(self, path: str) -> int | None:
        return self._there.get(f"{SITE}/{path}", (None, ""))[0]

    def _put(self, key: str, data: bytes) -> None:
        state = len(data), hashlib.md5(data, usedforsecurity=False).hexdigest()
        if self._there.get(key) != state:
            self._store.put(key, data, media_type(key), self._caching)
            self._there[key] = state


@contextmanager
def opened_bucket(address: str, config: Config) -> Generator[SiteBucket]:
    """Open the static site at the address of an object store, and lock it on this machine.

    :raises FeedsvcError: it is something else, in use, or cannot be written.
    """
    store = Bucket(store_address(address))
    name = address.partition("?")[0]
    with ExitStack() as stack:
        config.state.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not stack.enter_context(try_lock(config.state / _LOCK)):
            raise FeedsvcError(f'another "feedsvc build" writes to {name}; let it end first')
        caching = f"public, max-age={config.cache.least}"
        threads = stack.enter_context(ThreadPoolExecutor(_AT_ONCE))
        site = SiteBucket(name, store, caching, _manifest(store, name), threads)
        site.look()
        if store.get(MANIFEST) is None:
            site.save(site.manifest)  # before anything else is there
        yield site


def _manifest(store: Bucket, name: str) -> Manifest:
    """Return the manifest of a site; an empty one where nothing is there.

    :raises FeedsvcError: other objects are there.
    """
    data = store.get(MANIFEST)
    try:
        if data is not None:
            return msgspec.json.decode(data, type=Manifest)
        foreign = next(store.objects(), None) is not None
    except msgspec.MsgspecError:
        foreign = True
    if foreign:
        raise FeedsvcError(
            f"{name} is not empty, and no site built by feedsvc; nothing in it is touched, "
            "so name a new prefix"
        )
    return Manifest("edition")


def media_type(key: str) -> str:
    """Return the type of a document, with the charset of a text."""
    name = key.rpartition("/")[2]
    kind = _TYPES.get(name) or guess_type(name)[0] or "text/plain"
    text = kind.startswith("text/") or kind.endswith(("+xml", "+json", "/json", "/javascript"))
    return f"{kind}; charset=utf-8" if text else kind
