"""Read one article file; a file that is wrong gives its problems, never an error."""

import hashlib
from datetime import datetime

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from feedsvc.config.settings import Config
from feedsvc.errors import Problem, RecordError, bounded
from feedsvc.ingest import files
from feedsvc.ingest.files import Stamp, problem_in
from feedsvc.ingest.media import Library, Measure
from feedsvc.ingest.record.parse import Record, parse
from feedsvc.ingest.record.parsed import says_withdrawn
from feedsvc.ingest.records import RecordBytes
from feedsvc.model.article import Article
from feedsvc.model.paths import in_newsroom

_ARTICLE = msgspec.json.Decoder(Article | None)


class ReadFile(Struct, frozen=True):
    """A file as it was just read."""

    path: str
    """Below ``articles/``."""
    stamp: Stamp
    digest: str = ""
    dependencies: dict[str, Stamp] = {}
    """Paths of its pictures and sounds, below the newsroom's folder, with their stamps."""
    problems: tuple[Problem, ...] = ()
    record: Record | None = None
    """None if the file is wrong."""
    again: datetime | None = None
    """When it is to be read again, as it says something that is dated in the future."""
    withdrawn: bool = False
    """The file is wrong, but says that its article must not be published."""

    @property
    def article(self) -> Article | None:
        """Return the article, if the file holds one that may be published."""
        return self.record.article if self.record else None

    @property
    def files(self) -> tuple[Measure, ...]:
        """Return its pictures and sounds."""
        return self.record.files if self.record else ()

    @property
    def settles(self) -> bool:
        """Return whether the file decides about its article; a wrong one leaves all as it was."""
        return self.record is not None or self.withdrawn

    def as_of(self, now: datetime) -> "ReadFile":
        """Return it without an update that is dated in the future; then it is read again."""
        article = self.article
        if self.record is None or article is None or article.as_of(now) == article:
            return self
        message = (
            f"is in the future ({article.updated:%Y-%m-%d %H:%M} UTC); "
            "until then readers see neither the date nor a note of that day"
        )
        note = Problem(
            in_newsroom(self.path), *self.record.updated_at, "updated", message, note=True
        )
        record = replace(self.record, article=article.as_of(now))
        moments = (article.updated, *(correction.moment for correction in article.notes))
        again = min(moment for moment in moments if moment > now)
        problems = (*self.problems, note)
        return replace(self, stamp=files.GONE, again=again, record=record, problems=problems)


def read(
    config: Config,
    library: Library,
    path: str,
    content: RecordBytes,
    expected: tuple[bytes, ReadFile] | None = None,
) -> ReadFile:
    """Read one article file. Its problems are in the result, never raised.

    :param content: of the file.
    :param expected: bytes that it may have, as they were interpreted already.
    """
    data = content.data
    if data is None:
        return ReadFile(path, content.stamp, problems=(problem_in(path, "", content.reason),))
    if content.stamp == files.GONE:
        note = problem_in(path, "", "is being written; it is read again soon", note=True)
        return ReadFile(path, files.GONE, problems=(note,))
    if expected and data == expected[0]:
        digest = hashlib.sha256(data).hexdigest()
        return replace(expected[1], path=path, stamp=content.stamp, digest=digest)
    return interpret(config, library, path, content.stamp, data)


def interpret(config: Config, library: Library, path: str, stamp: Stamp, data: bytes) -> ReadFile:
    """Return the bytes of an article file as they are read. Problems are in the result."""
    digest = hashlib.sha256(data).hexdigest()
    try:
        record = parse(path, data, config, library)
        # An article that cannot be read back from the store is a problem of this file alone.
        _ARTICLE.decode(msgspec.json.encode(record.article))
    except RecordError as error:
        stamps, withdrawn = library.seen(error.dependencies), says_withdrawn(data)
        problems = bounded(error.problems)
        return ReadFile(path, stamp, digest, stamps, problems, withdrawn=withdrawn)
    except Exception as error:  # noqa: BLE001  a bug met by one file must not stop all others
        message = f"feedsvc could not read this ({error!r}); please report it with the file"
        problems, withdrawn = bounded([problem_in(path, "", message)]), says_withdrawn(data)
        return ReadFile(path, stamp, digest, problems=problems, withdrawn=withdrawn)
    seen, notes = library.seen(record.dependencies), bounded(record.notes)
    return ReadFile(path, stamp, digest, seen, notes, record)
