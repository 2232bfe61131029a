"""Tell the files that the watcher is to publish from the ones that a program is publishing."""

from collections.abc import Collection

from feedsvc.config.settings import Config
from feedsvc.ingest import files as disk
from feedsvc.model.paths import below_articles
from feedsvc.store import article_files, history
from feedsvc.store.database import Database
from feedsvc.store.lock import EDIT_LOCK_FILE


class Unpublished:
    """The changed files of a newsroom that no program is publishing.

    A program publishes the records that it saves: to do so here, too, would only hold it up.
    """

    def __init__(self, config: Config, database: Database) -> None:
        self._folder = f"{config.articles}/"
        self._database = database
        self._later: Collection[str] = ()
        """Records that a program was publishing."""

    def among(self, near: Collection[str]) -> Collection[str]:
        """Return places without the records that are as they were read, and without ignored files.

        Of records that are left to a program, the ones that it did not publish come later.

        :param near: below the newsroom's folder.
        """
        places = {it: below_articles(it) for it in (*near, *self._later) if not _is_ignored(it)}
        if not places:
            return ()
        with self._database.lock(EDIT_LOCK_FILE) as free:
            pass  # before the store is asked: all that was saved until then is published
        with self._database.reading() as connection:
            known = dict(article_files.stamps(connection, "path", places.values()))
            for path in article_files.missing(connection):
                known.pop(path, None)  # until now
            new = {
                place: path
                for place, path in places.items()
                if known.get(path) != disk.stamp(self._folder + path)
            }
            writing = () if free else history.doers(connection, new.values())
        self._later = [place for place, path in new.items() if path in writing]
        return new.keys() - self._later


def _is_ignored(place: str) -> bool:
    return disk.is_ignored(place.rpartition("/")[2])
