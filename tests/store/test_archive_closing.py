"""The oldest listings of a section go into archives, as far as these are full."""

from __future__ import annotations

from feedsvc.store import archive_closing, listings
from tests.conftest import Newsroom, article


def test_an_archive_that_would_not_be_full_is_not_closed(newsroom: Newsroom) -> None:
    for day in (1, 2, 3):
        newsroom.write(f"local/{day}.md", article(published=f"2026-11-0{day} 08:30"))
    newsroom.sync()
    with newsroom.database.writing() as connection:
        before = [*listings.newest(connection, "local", newsroom.now)]

        def closed(size: int) -> int:
            return archive_closing.close_archives(
                connection, "local", before[0], 1, size, newsroom.now
            )

        assert closed(3) == 0
        assert [*listings.newest(connection, "local", newsroom.now)] == before
        assert closed(2) == 1
        assert [*listings.newest(connection, "local", newsroom.now)] == before[:1]
        assert listings.archived(connection, "local", 1) == before[1:]
