"""One article file read, whatever state it is in; and what is wrong between several of them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from feedsvc.errors import Problem, RecordError
from feedsvc.ingest import files
from feedsvc.ingest.files import Stamp
from feedsvc.ingest.record.parse import Record, parse, says_withdrawn
from feedsvc.model.article import Article
from feedsvc.model.paths import in_newsroom

if TYPE_CHECKING:
    from feedsvc.config.settings import Config
    from feedsvc.ingest.media import Library, Measure


_ARTICLE = msgspec.json.Decoder(Article | None)


class ReadFile(Struct, frozen=True):
    """A file as it was just read."""

    path: str
    """Below ``articles/``."""
    stamp: Stamp
    digest: str = ""
    dependencies: dict[str, Stamp] = {}
    """Places of its pictures and sounds, below the newsroom's folder, as they were."""
    problems: tuple[Problem, ...] = ()
    record: Record | None = None
    """None where the file is wrong."""
    withdrawn: bool = False
    """The file is wrong, but says that its article must not be published."""

    @property
    def article(self) -> Article | None:
        """The article, if the file holds one that may be published."""
        return self.record.article if self.record else None

    @property
    def files(self) -> tuple[Measure, ...]:
        """Its pictures and sounds."""
        return self.record.files if self.record else ()

    @property
    def settles(self) -> bool:
        """Tell whether the file says what is to be published; a wrong one leaves all as it was."""
        return self.record is not None or self.withdrawn


def read(config: Config, library: Library, path: str) -> ReadFile:
    """Read one article file; what is wrong with it is in the reading, never raised."""
    place = config.articles / path
    stamp = files.stamp(place)  # before reading, so that no change is missed
    try:
        file = files.read(config.articles, path, config.records.max_bytes)
    except (OSError, ValueError) as error:
        said = f"cannot be read: {error.strerror}" if isinstance(error, OSError) else str(error)
        return ReadFile(path, stamp, problems=(problem_in(path, "", said),))
    if stamp != files.stamp(place):  # perhaps half of it was read
        said = "is being written; it is read again at the next look"
        return ReadFile(path, files.GONE, problems=(problem_in(path, "", said, note=True),))
    digest = hashlib.sha256(file.data).hexdigest()
    try:
        record = parse(file, config, library)
        # What the store keeps must come back; else it is this file's problem, not every reader's.
        _ARTICLE.decode(msgspec.json.encode(record.article))
    except RecordError as error:
        stamps, withdrawn = library.seen(error.dependencies), says_withdrawn(file.data)
        return ReadFile(path, stamp, digest, stamps, error.problems, withdrawn=withdrawn)
    except Exception as error:  # noqa: BLE001  a bug met by one file must not stop all others
        said = f"feedsvc could not read this ({error!r}); please report it with the file"
        found, withdrawn = (problem_in(path, "", said),), says_withdrawn(file.data)
        return ReadFile(path, stamp, digest, problems=found, withdrawn=withdrawn)
    return ReadFile(path, stamp, digest, library.seen(record.dependencies), record.notes, record)


def problem_in(path: str, key: str, message: str, *, note: bool = False) -> Problem:
    """Return a problem of a file below ``articles/``, without a line."""
    return Problem(in_newsroom(path), 1, 1, key, message, note)
