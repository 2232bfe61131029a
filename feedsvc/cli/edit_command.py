"""The common part of the commands that edit an article: kill, correct, embargo and move."""

import getpass
from collections.abc import Generator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from feedsvc.cli.output import echo
from feedsvc.config.load import load
from feedsvc.config.settings import Config
from feedsvc.errors import RecordError
from feedsvc.ingest.files import SUFFIXES
from feedsvc.ingest.record.write import Written
from feedsvc.model import clock
from feedsvc.model.article import Article
from feedsvc.publishing import edit_article
from feedsvc.store.database import Database, open_store


class Editor(NamedTuple):
    """An article of the newsroom in this folder, to be edited."""

    config: Config
    database: Database
    article: Article

    def local(self, moment: datetime) -> datetime:
        """Return a moment in the time of the newsroom."""
        return clock.local(moment, self.config.site.timezone)

    def publish(self, **changes: Written | None) -> None:
        """Change keys of the record, publish it, and print the feeds that this changed.

        :param changes: None takes a key out.
        :raises FeedsvcError: the record cannot be changed, or has mistakes now.
        """
        self.report(edit_article.edit(*self, changes, getpass.getuser()))

    def report(self, result: edit_article.Edit) -> None:
        """Print the file of an edit, and the feeds that it changed.

        :raises FeedsvcError: the record has mistakes now.
        """
        echo(f"wrote {result.file}")
        for change in result.changes:
            feeds = ", ".join(f"/{path}" for path in sorted(change.feeds)) or "no feed"
            echo(f"{change.act} {change.id}: changed {feeds}")
        if result.problems:
            raise RecordError(result.problems)


@contextmanager
def opened(name: str) -> Generator[Editor]:
    """Yield the editor of an article, by its id or its file.

    :raises FeedsvcError: there is no such article.
    """
    config = load()
    with closing(open_store(config)) as database:
        yield Editor(config, database, edit_article.find(config, database, named(config, name)))


def named(config: Config, name: str) -> str:
    """Return the path below ``articles/`` of a file in this folder; another name as it is."""
    file, articles = Path(name).resolve(), config.articles.resolve()
    if not name.endswith(SUFFIXES) or not file.is_file() or not file.is_relative_to(articles):
        return name
    return file.relative_to(articles).as_posix()
