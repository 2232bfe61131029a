"""An object store by the protocol of S3, and a folder that is used like one.

Its address is the operator's own word, so ``push.guard`` is not asked about it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, TYPE_CHECKING, Protocol, cast

from msgspec import Struct

from feedsvc.config.store_address import StoreAddress, is_store_address, store_address
from feedsvc.errors import FetchError

if TYPE_CHECKING:
    from obstore.store import S3Config, S3Store

_PATIENCE = "60s"
"""For one request, which takes 5 MB of a file at most."""
_CONNECTING = "5s"
_RETRIES = 2
_ANSWER = re.compile(r"<Code>([^<]*)</Code>\s*(?:<Message>([^<]*)</Message>)?")
"""The error in an answer of a server."""
_PART = ".part-"
"""The beginning of the name of a file that is not complete."""


class StoredObject(Struct, frozen=True):
    """An object as the store lists it."""

    key: str
    size: int
    etag: str
    """The MD5 of its bytes in most stores; empty in a folder."""
    modified: datetime


class ObjectStore(Protocol):
    """Keeps objects under their keys. Safe to share between threads.

    Each method raises a FetchError where it cannot do its work.
    """

    def put(self, key: str, data: IO[bytes] | bytes, kind: str, caching: str, /) -> None:
        """Keep an object.

        :param kind: its media type.
        :param caching: its ``Cache-Control``.
        """
        ...

    def size(self, key: str, /) -> int | None:
        """Return the bytes of an object; None where there is none."""
        ...

    def delete(self, keys: Iterable[str], /) -> None:
        """Delete objects, as far as they are there."""
        ...

    def objects(self) -> Iterator[StoredObject]:
        """Yield all objects."""
        ...


def open_store(typed: str, root: Path) -> ObjectStore:
    """Return a store.

    :param typed: its address, or a folder from the newsroom's on.
    """
    return Bucket(store_address(typed)) if is_store_address(typed) else Folder(root / typed)


class Bucket:
    """A place in a bucket. The environment has the keys of access, by the names that AWS uses."""

    def __init__(self, address: StoreAddress) -> None:
        self._address = address

    def put(self, key: str, data: IO[bytes] | bytes, kind: str, caching: str) -> None:
        """Keep an object."""
        import obstore

        attributes = {"Content-Type": kind, "Cache-Control": caching}
        with self._opened() as store:
            obstore.put(store, key, data, attributes=attributes)

    def get(self, key: str) -> bytes | None:
        """Return an object; None where there is none."""
        import obstore

        with self._opened() as store, suppress(FileNotFoundError):
            return bytes(obstore.get(store, key).bytes())
        return None

    def size(self, key: str) -> int | None:
        """Return the bytes of an object; None where there is none."""
        import obstore

        with self._opened() as store, suppress(FileNotFoundError):
            return obstore.head(store, key)["size"]
        return None

    def delete(self, keys: Iterable[str]) -> None:
        """Delete objects, as far as they are there."""
        import obstore

        with self._opened() as store:
            obstore.delete(store, [*keys])

    def objects(self) -> Iterator[StoredObject]:
        """Yield all objects."""
        import obstore

        with self._opened() as store:
            for some in obstore.list(store):  # pyright: ignore[reportUnknownMemberType]
                for one in some:
                    etag = (one["e_tag"] or "").strip('"')
                    yield StoredObject(one["path"], one["size"], etag, one["last_modified"])

    @contextmanager
    def _opened(self) -> Generator[S3Store]:
        from obstore.exceptions import BaseError
        from obstore.store import S3Store

        address = self._address
        given = {"endpoint": address.endpoint, "region": address.region}
        try:
            yield S3Store(
                address.bucket,
                prefix=address.prefix or None,
                config=cast("S3Config", {name: value for name, value in given.items() if value}),
                client_options={
                    "allow_http": True,  # where the endpoint says so
                    "timeout": _PATIENCE,
                    "connect_timeout": _CONNECTING,
                },
                retry_config={"max_retries": _RETRIES},
            )
        except (BaseError, OSError) as error:
            raise FetchError(f"{address} cannot be used: {_reason(str(error))}") from None


class Folder:
    """A folder that another server gives out, perhaps on a disk that machines share."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def put(self, key: str, data: IO[bytes] | bytes, _kind: str, _caching: str) -> None:
        """Keep an object; its server knows the type by its suffix."""
        source = BytesIO(data) if isinstance(data, bytes) else data
        target = self._path / key
        with _explained(self._path):
            target.parent.mkdir(parents=True, exist_ok=True)
            with NamedTemporaryFile(dir=target.parent, prefix=_PART, delete=False) as file:
                try:
                    while block := source.read(1 << 20):
                        file.write(block)
                    file.flush()
                    os.fsync(file.fileno())
                    Path(file.name).chmod(0o644)  # its server may be another user
                    Path(file.name).rename(target)
                finally:
                    Path(file.name).unlink(missing_ok=True)

    def size(self, key: str) -> int | None:
        """Return the bytes of an object; None where there is none."""
        with _explained(self._path), suppress(FileNotFoundError):
            return (self._path / key).stat().st_size
        return None

    def delete(self, keys: Iterable[str]) -> None:
        """Delete objects, as far as they are there, and the folders that become empty."""
        for key in keys:
            with _explained(self._path):
                (self._path / key).unlink(missing_ok=True)
            with suppress(OSError):  # one that is not empty
                for folder in [*Path(key).parents][:-1]:
                    (self._path / folder).rmdir()

    def objects(self) -> Iterator[StoredObject]:
        """Yield all objects."""
        with _explained(self._path):
            for file in sorted(self._path.rglob("*")):
                if file.is_file():
                    state, key = file.stat(), file.relative_to(self._path).as_posix()
                    modified = datetime.fromtimestamp(state.st_mtime, UTC)
                    yield StoredObject(key, state.st_size, "", modified)


@contextmanager
def _explained(folder: Path) -> Generator[None]:
    """Turn the errors of a folder into a sentence.

    :raises FetchError: it cannot be used.
    """
    try:
        yield
    except OSError as error:
        raise FetchError(f"{folder} cannot be used: {error.strerror}") from None


def _reason(message: str) -> str:
    """Return the words of a server, or of the library without its notes for programmers."""
    if answer := _ANSWER.search(message):
        return ": ".join(filter(None, answer.groups()))
    first = message.partition("\n")[0]
    return (first.rpartition(" - ")[2] or first).rstrip(" :")
