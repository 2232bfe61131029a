"""A section that lost its last story: its feed stays, but no list leads there any more."""

from __future__ import annotations

from datetime import timedelta
from email.utils import parsedate_to_datetime

import pytest

from feedsvc.model.feed import FILES, FORMATS, Format
from tests.conftest import CONFIG, NOW, Newsroom, article

HOUR = timedelta(hours=1)
ALONE = {"byline": "[Ada Quill]", "keywords": "[regatta]"}
LISTS = (
    "/feeds/latest",
    "/feeds",
    "/feeds?q=sport",
    "/feeds?q=quill",
    "/feeds?q=regatta",
    "/feeds.opml",
)


@pytest.fixture
def sport(newsroom: Newsroom) -> Newsroom:
    newsroom.write("world/a.md", article("World"))
    newsroom.write("sport/rowing/b.md", article("Regatta", **ALONE))
    newsroom.sync()
    assert listed(newsroom) == set(LISTS)
    return newsroom


def listed(newsroom: Newsroom) -> set[str]:
    """Return the lists that lead to the section, its author or its keyword."""
    client = newsroom.client()
    names = ("/sport/", "/author/ada-quill/", "/tag/regatta/")
    texts = {url: client.get(url).text for url in LISTS}
    return {url for url, text in texts.items() if any(name in text for name in names)}


def remove(newsroom: Newsroom) -> None:
    (newsroom.root / "articles/sport/rowing/b.md").unlink()
    newsroom.now = NOW + HOUR
    newsroom.sync()


def test_a_section_leaves_every_list_with_its_last_story(sport: Newsroom) -> None:
    remove(sport)
    assert listed(sport) == set()


def test_a_section_whose_last_story_was_moved_leaves_every_list(sport: Newsroom) -> None:
    sport.write("sport/rowing/b.md", article("Regatta", section="world"))
    sport.now = NOW + HOUR
    sport.sync()
    assert listed(sport) == set()


def test_a_section_whose_last_story_expired_leaves_every_list(sport: Newsroom) -> None:
    ends = (NOW + HOUR).isoformat()
    sport.write("sport/rowing/b.md", article("Regatta", expires=ends, **ALONE))
    sport.sync()
    assert listed(sport) == set(LISTS)
    sport.now = NOW + HOUR
    assert listed(sport) == set()


def test_a_section_stays_while_it_has_the_notice_of_a_kill(sport: Newsroom) -> None:
    sport.write("sport/rowing/b.md", article("Regatta", status="canceled", note="No.", **ALONE))
    sport.sync()
    assert "/feeds.opml" in listed(sport)
    sport.now = NOW + timedelta(days=8)
    assert listed(sport) == set()


def test_a_section_stays_until_its_archives_are_empty(sport: Newsroom) -> None:
    sport.configure(CONFIG.replace("items = 30\n", "items = 1\nhours = 0\narchive_items = 1\n"))
    files = [f"sport/rowing/c{number}.md" for number in range(4)]
    for number, path in enumerate(files):
        sport.write(path, article(f"Race {number}", published=f"2026-11-{10 + number}"))
    sport.sync()
    sport.write("sport/rowing/b.md", article("Regatta", status="withheld"))
    for path in files[1:]:
        sport.write(path, article("Race", status="withheld"))
    sport.sync()
    assert ">Race 0<" not in sport.text("sport")
    assert "/feeds.opml" in listed(sport)
    sport.write(files[0], article("Race", status="withheld"))
    sport.sync()
    assert listed(sport) == set()


def test_a_section_of_the_configuration_stays(sport: Newsroom) -> None:
    sport.configure(CONFIG + '[sections.sport]\ntitle = "Sport"\n')
    remove(sport)
    assert "/feeds.opml" in listed(sport)


def test_a_section_is_listed_again_with_its_next_story(sport: Newsroom) -> None:
    remove(sport)
    sport.write("sport/rowing/b.md", article("Regatta", **ALONE))
    sport.sync()
    assert listed(sport) == set(LISTS)


@pytest.mark.parametrize("format", FORMATS)
def test_the_feed_stays_and_is_dated_by_its_last_change(sport: Newsroom, format: Format) -> None:
    remove(sport)
    answer = sport.client().get(f"/sport/{FILES[format]}")
    assert answer.status_code == 200
    assert "1970" not in answer.text
    assert parsedate_to_datetime(answer.headers["Last-Modified"]) == sport.now
    assert sport.client().get("/sport/").status_code == 200
