"""Exactly the feeds, pages and pictures that a change has changed are purged, and when softly."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from feedsvc.model.cache_tags import EVERYTHING, media_tag
from feedsvc.publishing import purging
from feedsvc.store import outbox
from tests.conftest import CONFIG, MakeNewsroom, Newsroom, article, png

CDN = '[cdn]\npurge = "webhook"\nservers = "http://cdn.example"\n'


@pytest.fixture
def filled(make_newsroom: MakeNewsroom) -> Newsroom:
    newsroom = make_newsroom("cdn", CONFIG + CDN)
    newsroom.write("world/one.png", png())
    newsroom.write("world/a.md", article("Alpha", image="one.png", keywords="[Ships]"))
    newsroom.write("sport/b.md", article("Beta"))
    newsroom.sync()
    purged(newsroom)
    newsroom.now += timedelta(minutes=1)
    return newsroom


def purged(newsroom: Newsroom) -> dict[str, set[str]]:
    """Return the tags to purge by kind, and forget them."""
    with newsroom.database.writing() as connection:
        jobs = outbox.jobs(connection)
        outbox.drop(connection, [job.id for job in jobs])
    everything = any(job.key.endswith(f" {EVERYTHING}") for job in jobs)
    assert everything or not jobs or any(job.key.endswith(" absent") for job in jobs)
    jobs = [job for job in jobs if not job.key.endswith(" absent")]
    kinds = {job.kind for job in jobs}
    return {
        kind: {job.key.removeprefix("cdn.example ") for job in jobs if job.kind == kind}
        for kind in kinds
    }


def digest(newsroom: Newsroom) -> str:
    return newsroom.text("world").partition("/media/")[2].partition("/")[0]


WORLD = {"feed:/", "feed:/world", "feed:/tag/ships", "page:world/a"}


def test_a_new_article_purges_its_feeds_softly(filled: Newsroom) -> None:
    filled.write("world/europe/c.md", article("Gamma"))
    filled.sync()
    feeds = {"feed:/", "feed:/world", "feed:/world/europe"}
    assert purged(filled) == {"soft-purge": {*feeds, "page:world/europe/c"}}


def test_nothing_is_purged_where_nothing_changed(filled: Newsroom) -> None:
    filled.write("sport/b.md", article("Beta") + "\n\n")
    assert filled.sync().read == 1
    assert purged(filled) == {}


def test_a_correction_purges_at_once(filled: Newsroom) -> None:
    corrected = {"updated": "2026-11-23 11:00", "note": "It was wrong."}
    text = article("Alpha", image="one.png", keywords="[Ships]", **corrected)
    filled.write("world/a.md", text)
    filled.sync()
    corrections = {"feed:/corrections", "feed:/world/corrections", "feed:/tag/ships/corrections"}
    assert purged(filled) == {"purge": WORLD | corrections}


@pytest.mark.parametrize("end", ["canceled", "deleted", "embargoed"])
def test_a_withdrawal_purges_the_pictures_too(filled: Newsroom, end: str) -> None:
    picture = media_tag(digest(filled), "articles/world/one.png")
    record = filled.root / "articles/world/a.md"
    if end == "canceled":
        record.write_text(article("Alpha", image="one.png", keywords="[Ships]", status="canceled"))
    elif end == "embargoed":
        text = article("Alpha", image="one.png", keywords="[Ships]", published="2030-01-01")
        record.write_text(text)
    else:
        record.unlink()
    filled.sync()
    tags = purged(filled)
    assert tags.keys() == {"purge"}
    assert tags["purge"] >= {*WORLD, picture}
    assert not {it for it in tags["purge"] if "sport" in it or it == EVERYTHING}


def test_another_picture_purges_the_former_one_alone(filled: Newsroom) -> None:
    former = digest(filled)
    filled.write("world/one.png", png(4, 4))
    filled.sync()
    path = "articles/world/one.png"
    assert former != digest(filled)
    assert purged(filled) == {"soft-purge": {*WORLD, media_tag(former, path)}}
    filled.write("world/a.md", article("Alpha, again", image="one.png", keywords="[Ships]"))
    filled.sync()
    assert media_tag(digest(filled), path) not in purged(filled)["soft-purge"]


def test_the_pages_of_articles_that_name_another_as_related_are_purged(filled: Newsroom) -> None:
    filled.write("sport/b.md", article("Beta", related="[world/a]"))
    filled.sync()
    purged(filled)
    filled.write("world/a.md", article("Alpha Renamed", image="one.png", keywords="[Ships]"))
    filled.sync()
    tags = purged(filled)["soft-purge"]
    assert tags == {*WORLD, "feed:/sport", "page:sport/b"}


def test_time_alone_purges(filled: Newsroom) -> None:
    filled.write("sport/c.md", article("Gamma", published="2026-11-23 13:00"))
    filled.sync()
    assert purged(filled) == {"purge": {"page:sport/c"}}
    filled.now = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
    filled.sync()
    assert purged(filled) == {"soft-purge": {"feed:/", "feed:/sport", "page:sport/c"}}


def test_another_configuration_or_a_new_store_purges_everything(
    filled: Newsroom, make_newsroom: MakeNewsroom
) -> None:
    filled.configure(CONFIG.replace("Daily", "Weekly") + CDN)
    filled.sync()
    assert purged(filled) == {"soft-purge": {EVERYTHING}}
    fresh = make_newsroom("fresh", CONFIG + CDN)
    fresh.write("a.md", article())
    fresh.sync()
    assert purged(fresh) == {"soft-purge": {EVERYTHING}}


def test_a_big_change_purges_everything(filled: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purging, "MOST", 4)
    filled.write("sport/b.md", article("Beta, again"))
    filled.sync()
    assert purged(filled) == {"soft-purge": {"feed:/", "feed:/sport", "page:sport/b"}}
    filled.write("world/europe/c.md", article("Gamma"))
    filled.sync()
    assert purged(filled) == {"soft-purge": {EVERYTHING}}


def test_soft_purges_are_turned_off(filled: Newsroom) -> None:
    filled.configure(CONFIG + CDN + "soft = false\n")
    filled.write("sport/b.md", article("Beta, again"))
    filled.sync()
    assert purged(filled) == {"purge": {"feed:/", "feed:/sport", "page:sport/b"}}


def test_nothing_is_purged_without_a_cdn(make_newsroom: MakeNewsroom) -> None:
    newsroom = make_newsroom("plain", CONFIG + '[cdn]\ntags = "surrogate-key"\n')
    newsroom.write("a.md", article())
    newsroom.sync()
    assert purged(newsroom) == {}
