"""One article file read, whatever state it is in; and what is wrong between several of them."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from feedsvc.errors import Problem, RecordError, did_you_mean
from feedsvc.ingest import files
from feedsvc.ingest.files import Stamp
from feedsvc.ingest.media import Library
from feedsvc.ingest.places import hidden, taken
from feedsvc.ingest.records import Record, parse, says_withdrawn
from feedsvc.model.article import Article

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from feedsvc.config import Config
    from feedsvc.ingest.media import Measure


_ARTICLE = msgspec.json.Decoder(Article | None)


class Reading(Struct, frozen=True):
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


def read(config: Config, library: Library, path: str) -> Reading:
    """Read one article file; what is wrong with it is in the reading, never raised."""
    place = config.articles / path
    stamp = files.stamp(place)  # before reading, so that no change is missed
    try:
        file = files.read(config.articles, path, config.max_bytes)
    except (OSError, ValueError) as error:
        said = f"cannot be read: {error.strerror}" if isinstance(error, OSError) else str(error)
        return Reading(path, stamp, problems=(_problem(path, "", said),))
    if stamp != files.stamp(place):  # perhaps half of it was read
        said = "is being written; it is read again at the next look"
        return Reading(path, files.GONE, problems=(_problem(path, "", said, note=True),))
    digest = hashlib.sha256(file.data).hexdigest()
    try:
        record = parse(file, config, library)
        # What the store keeps must come back; else it is this file's problem, not every reader's.
        _ARTICLE.decode(msgspec.json.encode(record.article))
    except RecordError as error:
        stamps, withdrawn = library.seen(error.dependencies), says_withdrawn(file.data)
        return Reading(path, stamp, digest, stamps, error.problems, withdrawn=withdrawn)
    except Exception as error:  # noqa: BLE001  a bug met by one file must not stop all others
        said = f"feedsvc could not read this ({error!r}); please report it with the file"
        found, withdrawn = (_problem(path, "", said),), says_withdrawn(file.data)
        return Reading(path, stamp, digest, problems=found, withdrawn=withdrawn)
    return Reading(path, stamp, digest, library.seen(record.dependencies), record.notes, record)


@cache
def code() -> str:
    """Return what besides a file and the configuration decides how the file is read."""
    here = Path(__file__).parent
    modules = [*sorted(here.glob("*.py")), here.parent / "values.py"]
    libraries = " ".join(map(version, ("markdown-it-py", "nh3", "pyyaml")))
    text = b"".join(module.read_bytes() for module in modules)
    return hashlib.sha256(libraries.encode() + text).hexdigest()[:16]


def duplicate(path: str, own: str, owner: str) -> Problem:
    """Return the problem of two files with one id."""
    said = f'"{own}" is already the id of articles/{owner}; give one of the two another id'
    return _problem(path, "id", said)


def misnamed(folder: str) -> Problem:
    """Return the note of a folder, below ``articles/``, with a name that ends like a record's."""
    said = (
        "is a folder, though its name ends like a record's; the records in it are published, "
        "but give it another name"
    )
    return _problem(folder, "", said, note=True)


def check(config: Config, paths: Sequence[str], now: datetime) -> list[Problem]:
    """Read files without publishing them; return everything that is wrong or worth a note.

    :param paths: of records, below ``articles/``.
    """
    library = Library(config.root)
    chosen = [read(config, library, path) for path in paths]
    rest = sorted(set(files.walk(config.articles)) - set(paths))
    others = [read(config, library, path) for path in rest]
    problems = [problem for found in chosen for problem in found.problems]
    folders = {folder.as_posix() for path in paths for folder in PurePosixPath(path).parents}
    problems += [misnamed(folder) for folder in folders if files.is_record(folder)]
    published = [it.article for it in (*others, *chosen) if it.article]
    problems += taken(published, {*paths}, config)
    if not rest:
        problems += hidden(published, config)
    return sorted([*problems, *compare(chosen, others, now)])


def compare(readings: Iterable[Reading], others: Iterable[Reading], now: datetime) -> list[Problem]:
    """Return what is wrong between files: ids given twice, related stories that are not there.

    :param others: further files of the newsroom, which are not looked at themselves.
    """
    readings, problems = list(readings), list[Problem]()
    looked_at = {reading.path for reading in readings}
    known: dict[str, Reading] = {}
    owners: dict[str, str] = {}
    for reading in [*others, *readings]:
        own = reading.article.id if reading.article else ""
        if own and owners.setdefault(own, reading.path) != reading.path in looked_at:
            problems.append(duplicate(reading.path, own, owners[own]))
        for name in {own, reading.path.rpartition(".")[0]} - {""}:
            known.setdefault(name, reading)
    for reading in readings:
        for story in reading.article.related if reading.article else ():
            if story.ref:
                problems.extend(_unpublished(reading.path, story.ref, known, now))
    return problems


def _unpublished(
    path: str, ref: str, known: dict[str, Reading], now: datetime
) -> Iterable[Problem]:
    found = known.get(ref)
    if found is None:
        said = (
            f'there is no article "{ref}"; it is left out of the feeds.{did_you_mean(ref, known)}'
        )
    elif found.article and found.article.usable(now):
        return
    elif found.article and found.article.status == "usable" and found.article.released > now:
        day = f"{found.article.released:%Y-%m-%d %H:%M} UTC"
        said = f'"{ref}" is not published before {day}; until then it is left out of the feeds'
    else:
        said = f'"{ref}" is not published; it is left out of the feeds'
    yield _problem(path, "related", said, note=True)


def _problem(path: str, key: str, message: str, *, note: bool = False) -> Problem:
    return Problem(f"articles/{path}", 1, 1, key, message, note)
