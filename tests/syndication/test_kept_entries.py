"""An entry that the store has is neither described nor rendered again while it stays as it is."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Any

import pytest

from feedsvc.formats import render
from feedsvc.syndication import entries
from tests.conftest import CONFIG, NOW, Newsroom, article

WORK = (entries, "describe"), (render, "render")


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Return how often entries are described and rendered."""
    counted: Counter[str] = Counter()

    def count(name: str, real: Any, *given: Any) -> Any:
        counted[name] += 1
        return real(*given)

    for module, name in WORK:
        monkeypatch.setattr(module, name, partial(count, name, getattr(module, name)))
    return counted


@pytest.fixture
def filled(newsroom: Newsroom) -> Newsroom:
    newsroom.write("world/a.md", article("Tide", "The [sea](b.md) rose.", related="[Storm]"))
    newsroom.write("world/b.md", article("Storm"))
    newsroom.sync()
    return newsroom


def test_the_next_process_takes_entries_as_they_are(filled: Newsroom, work: Counter[str]) -> None:
    before = filled.kept("world")
    assert work == {"describe": 2, "render": 2}
    assert filled.kept("world") == before
    assert work == {"describe": 2, "render": 2}


def test_a_setting_that_changes_no_entry_renders_none(filled: Newsroom, work: Counter[str]) -> None:
    before = filled.kept("world")
    filled.configure(f'{CONFIG}\n[sections.sport]\ntitle = "Games"\n')
    for _ in range(2):  # the second process need not even describe them
        assert filled.kept("world") == before
        assert work == {"describe": 4, "render": 2}


def test_a_setting_that_changes_entries_renders_them(filled: Newsroom, work: Counter[str]) -> None:
    filled.kept("world")
    filled.configure(f'{CONFIG}\n[sections.world]\ntitle = "Abroad"\n')
    assert filled.kept("world").count(">Abroad</category>") == 2
    assert work == {"describe": 4, "render": 4}


def test_an_article_that_others_name_renders_them(filled: Newsroom, work: Counter[str]) -> None:
    filled.kept("world")
    filled.write("world/b.md", article("Storm", slug="gale", updated=f"{NOW:%Y-%m-%d %H:%M}"))
    filled.sync()
    assert "/world/gale" in filled.kept("world").partition(">Storm<")[0]
    assert work == {"describe": 4, "render": 4}
