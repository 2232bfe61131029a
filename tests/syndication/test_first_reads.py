"""The first read of a feed in a process asks the store few questions: each has to be compiled."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Newsroom, article, wanted
from tests.tools.statements import statements

MOST = 11
"""Questions for a feed that was never rendered, the begin of the transaction included."""


@pytest.fixture
def questions(newsroom: Newsroom):
    """Return the statements that a process needs for the first read of a section's feed."""
    for story in ("world/a", "world/b", "sport/c", "sport/d", "arts/e"):
        newsroom.write(f"{story}.md", article(related="[Tides Turn]"))
    newsroom.sync()
    newsroom.write("world/b.md", article("Tides Turn"))
    newsroom.write("sport/d.md", article(status="canceled"))
    newsroom.sync()

    def asked(section: str) -> list[str]:
        with statements() as executed:
            newsroom.syndication.document(wanted(section), newsroom.now)
        return executed

    return asked


def test_the_first_read_asks_few_questions(questions: Any) -> None:
    assert len(questions("world")) <= MOST


def test_only_a_section_with_a_tombstone_is_asked_for_kills(questions: Any) -> None:
    assert len(questions("sport")) - len(questions("world")) == 1


def test_a_section_with_articles_is_not_asked_whether_it_is_secret(questions: Any) -> None:
    assert not [it for it in questions("arts") if "EXISTS" in it]
