"""The dates of entries: no reader had a story before the end of its embargo."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from feedsvc.model.feed import FORMATS
from feedsvc.publishing import sync
from tests.conftest import CONFIG, MakeNewsroom, Newsroom, article

RELEASE = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
SERVED = CONFIG.replace('language = "en"', 'language = "en"\npages = true')


@pytest.fixture
def released(make_newsroom: MakeNewsroom) -> Newsroom:
    """Return a newsroom with a story of which the embargo ended after three days."""
    newsroom = make_newsroom("embargoed", SERVED)
    newsroom.write("world/a.md", article("Old", published="2026-11-20"))
    newsroom.write(
        "world/b.md",
        article(
            "Budget",
            published="2026-11-21 08:30Z",
            updated="2026-11-22 09:00Z",
            embargoed=RELEASE.isoformat(),
            note="The sum was wrong.",
        ),
    )
    newsroom.sync()
    newsroom.now = RELEASE
    sync.tick(newsroom.database, newsroom.config, newsroom.now)
    return newsroom


def test_a_story_is_dated_by_the_end_of_its_embargo_in_every_format(released: Newsroom) -> None:
    moment = RELEASE.isoformat()
    assert "<pubDate>Tue, 24 Nov 2026 06:00:00 +0000</pubDate>" in released.text("world", "rss")
    atom = released.text("world", "atom").split("<entry>")[1]
    assert re.findall("<(?:published|updated)>(.*?)<", atom) == [moment, moment]
    entry = json.loads(released.text("world", "json"))["items"][0]
    dates = {entry[key] for key in ("date_published", "date_modified") if key in entry}
    assert {datetime.fromisoformat(date) for date in dates} == {RELEASE}


def test_pages_and_sitemaps_have_the_same_date(released: Newsroom) -> None:
    client, moment = released.client(), RELEASE.isoformat()
    page = client.get("/world/b").text
    assert f'property="article:published_time" content="{moment}"' in page
    assert set(re.findall('"date(?:Published|Modified)": ?"(.*?)"', page)) == {moment}
    news = client.get("/sitemap-news.xml").text
    assert f"<news:publication_date>{moment}<" in news


def test_readers_see_no_correction_from_before_they_had_the_story(released: Newsroom) -> None:
    for format in FORMATS:
        assert "The sum was wrong." not in released.text("world", format)
    assert "Budget" not in released.client().get("/world/corrections/atom.xml").text
    assert "The sum was wrong." not in released.client().get("/world/b").text


def test_a_correction_after_the_release_has_its_own_date(released: Newsroom) -> None:
    released.now = RELEASE + timedelta(hours=2)
    corrected = RELEASE + timedelta(hours=1)
    released.write(
        "world/b.md",
        article(
            "Budget",
            embargoed=RELEASE.isoformat(),
            updated=corrected.isoformat(),
            note="The sum was wrong.",
        ),
    )
    released.sync()
    atom = released.text("world", "atom").split("<entry>")[1]
    dates = dict(re.findall("<(published|updated)>(.*?)<", atom))
    assert dates == {"published": RELEASE.isoformat(), "updated": corrected.isoformat()}
    assert "The sum was wrong." in atom


def test_the_notice_of_a_kill_is_not_dated_before_the_release(released: Newsroom) -> None:
    released.now = RELEASE + timedelta(hours=2)
    record = {"embargoed": RELEASE.isoformat(), "updated": "2026-11-22", "note": "Wrong."}
    released.write("world/b.md", article("Budget", status="canceled", **record))
    released.sync()
    atom = released.text("world", "atom").split("<entry>")[1]
    assert RELEASE.isoformat() in re.findall("<published>(.*?)<", atom)


def test_a_store_that_is_made_anew_gives_the_same_bytes(
    released: Newsroom, make_newsroom: MakeNewsroom
) -> None:
    fresh = make_newsroom("fresh", SERVED)
    for name in ("a.md", "b.md"):
        fresh.write(f"world/{name}", (released.root / "articles/world" / name).read_bytes())
    fresh.now = released.now
    fresh.sync()
    for format in FORMATS:
        assert fresh.document("world", format).body == released.document("world", format).body
