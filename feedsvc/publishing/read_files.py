"""The files that were read, as the store remembers them."""

from collections.abc import Collection

from feedsvc.ingest.article_file import ReadFile
from feedsvc.store import article_files
from feedsvc.store.article_files import KnownFile
from feedsvc.store.database import Connection


def remember(connection: Connection, files: Collection[ReadFile]) -> None:
    """Remember files as they were read, so that the next scan skips them."""
    known = [
        KnownFile(file.path, file.stamp, file.digest, file.dependencies, file.problems, file.again)
        for file in files
    ]
    article_files.keep(connection, known)
