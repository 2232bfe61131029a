"""Move an article to another section: its record, and the pictures and sounds beside it."""

import filecmp
import shutil
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from itertools import chain
from pathlib import Path, PurePosixPath

from feedsvc.config.settings import Config
from feedsvc.errors import EditError, FeedsvcError
from feedsvc.ingest.media import Library
from feedsvc.ingest.record.parse import parse
from feedsvc.ingest.records import Records
from feedsvc.model.article import Article
from feedsvc.model.clock import now
from feedsvc.model.paths import ancestors, in_newsroom
from feedsvc.publishing import edit_article, history
from feedsvc.publishing.edit_article import Edit
from feedsvc.publishing.newsroom_records import newsroom_records
from feedsvc.store import article_files
from feedsvc.store.database import Database


def move(config: Config, database: Database, article: Article, section: str, by: str) -> Edit:
    """Move an article's files into the folder of a section, and publish that.

    :param by: who does it, for the log.
    :raises FeedsvcError: a file is in the way, one cannot be moved, or the record would be wrong
        at its new place; then everything is as it was.
    """
    begun = now().replace(microsecond=0)
    path = f"{section}/{PurePosixPath(article.path).name}".lstrip("/")
    records = newsroom_records(config, database)
    source, target = config.articles / article.path, config.articles / path
    if records.exists(path):
        raise EditError(f"{in_newsroom(path)} is there already; nothing was moved")
    beside = _files_beside(config, database, article)
    pairs = [(source.parent / file, target.parent / file) for file in beside]
    for one, other in pairs:
        _check_free(one, other, config.root)
    with _copied(pairs):
        parse(path, _bytes(records, article.path), config, Library(config.root))
        # First of all, so that it is the same article wherever its file is.
        edit_article.edit_record(records, article.path, {"id": article.id})
        history.set_doers(database, [path], by)
        records.move(article.path, path)
    others = [it for it in article.other_sections if it not in ancestors(section)]
    sections = [section, *others] if section and others else None
    edit_article.edit_record(records, path, {"section": None, "sections": sections})
    files = in_newsroom(path), in_newsroom(article.path)
    edit = edit_article.publish(config, database, article, files[0], begun, files[1])
    for file, _ in pairs:
        if not _is_used(database, file.relative_to(config.root).as_posix(), article.path):
            file.unlink(missing_ok=True)
    return edit


def _bytes(records: Records, path: str) -> bytes:
    """Return the bytes of a record.

    :raises EditError: it cannot be read.
    """
    content = records.read(path)
    if content.data is None:
        raise EditError(f"{in_newsroom(path)} {content.reason}; nothing was moved")
    return content.data


@contextmanager
def _copied(pairs: Iterable[tuple[Path, Path]]) -> Generator[None]:
    """Copy files to other places; delete the copies if something fails then.

    :raises EditError: that was an error of the disk.
    """
    made: list[Path] = []
    try:
        for source, target in pairs:
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                made.append(target)
                shutil.copy2(source, target)
        yield
    except (FeedsvcError, OSError) as error:
        for copy in made:
            copy.unlink(missing_ok=True)
        if isinstance(error, OSError):
            message = f"{error.filename}: {error.strerror}; nothing was moved"
            raise EditError(message) from None
        raise


def _files_beside(config: Config, database: Database, article: Article) -> list[str]:
    """Return the pictures and sounds of an article in its record's folder, and below it."""
    folder = in_newsroom(article.path).rpartition("/")[0]
    with database.reading() as connection:
        places = article_files.places(connection, "path", [article.path]).get(article.path, {})
    files = (it for it in sorted(places) if it.startswith(f"{folder}/"))
    return [it.removeprefix(f"{folder}/") for it in files if (config.root / it).is_file()]


def _check_free(source: Path, target: Path, root: Path) -> None:
    """Check that a file can be copied, and that no other one is in the way.

    :raises EditError: there is one.
    """
    if target.exists() and not filecmp.cmp(source, target, shallow=False):
        raise EditError(f"{target.relative_to(root)} is another picture; nothing was moved")


def _is_used(database: Database, place: str, former: str) -> bool:
    """Return whether a record uses a file, other than the one that was moved."""
    with database.reading() as connection:
        return bool({*chain(*article_files.at_or_below(connection, place))} - {former})
