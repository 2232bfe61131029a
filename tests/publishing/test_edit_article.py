"""Edit an article: the record is changed, and published with the name of who did it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from feedsvc.errors import FeedsvcError, NotFoundError
from feedsvc.model.article import Article
from feedsvc.publishing import edit_article, history
from tests.conftest import Newsroom, article


@pytest.fixture
def newsroom(newsroom: Newsroom) -> Newsroom:
    """A newsroom at the present moment, with an article that was published."""
    newsroom.now = datetime.now(UTC)
    newsroom.write("world/a.md", article("Alpha", published="2026-01-20"))
    newsroom.sync()
    return newsroom


def find(newsroom: Newsroom, name: str) -> Article:
    return edit_article.find(newsroom.config, newsroom.database, name)


def edit(newsroom: Newsroom, **changes: str | None) -> edit_article.Edit:
    alpha = find(newsroom, "world/a")
    return edit_article.edit(newsroom.config, newsroom.database, alpha, changes, "anna")


def test_an_edit_changes_the_record_and_the_feeds(newsroom: Newsroom) -> None:
    result = edit(newsroom, headline="Omega")
    assert (result.file, result.problems) == ("articles/world/a.md", [])
    assert [(it.act, it.by, set(it.feeds)) for it in result.changes] == [
        ("touch", "anna", {"", "world"})
    ]
    assert "headline: Omega\n" in newsroom.record("world/a.md")
    assert find(newsroom, "world/a").headline == "Omega"


def test_an_edit_returns_the_mistakes_in_the_record(newsroom: Newsroom) -> None:
    result = edit(newsroom, expires="2026-01-01")
    assert result.changes == []
    assert [it.key for it in result.problems] == ["expires"]


def test_a_record_that_cannot_be_written_leaves_no_name_in_the_log(newsroom: Newsroom) -> None:
    file = newsroom.root / "articles/world/a.md"
    alpha = find(newsroom, "world/a")
    file.write_text("no record")
    with pytest.raises(FeedsvcError, match="cannot be changed"):
        edit_article.edit(newsroom.config, newsroom.database, alpha, {"note": "x"}, "anna")
    newsroom.write("world/a.md", article("Omega", published="2026-01-20"))
    newsroom.sync()
    assert [it.by for it in history.log(newsroom.database, 1)] == [""]


def test_an_article_is_found_in_a_file_that_was_not_published_yet(newsroom: Newsroom) -> None:
    newsroom.write("sport/b.md", article("Beta", published="2026-01-21"))
    assert find(newsroom, "articles/sport/b.md").headline == "Beta"
    with pytest.raises(NotFoundError):
        find(newsroom, "sport/c")
